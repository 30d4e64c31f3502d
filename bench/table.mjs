/**
 * Plain text tables.
 * @module
 */

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @returns {string} the first column to the left, the others to the right
 */
export function table(head, rows) {
  const lines = [head, head.map(() => ""), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = lines.map((line, index) =>
    line
      .map((cell, column) =>
        index === 1
          ? "-".repeat(widths[column])
          : column === 0
            ? cell.padEnd(widths[column])
            : cell.padStart(widths[column]),
      )
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n`;
}

/**
 * Three significant digits, thousands separated.
 * @param {number} value
 */
export function figure(value) {
  return value.toLocaleString("en-US", { maximumSignificantDigits: value < 1_000 ? 3 : 4 });
}
