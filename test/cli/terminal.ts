/**
 * Commands on a terminal, with someone who types.
 * @module
 */
import { spawnSync } from "node:child_process";
import { CLI } from "./tufLd.ts";

/** Runs a command on a terminal of its own, answers its prompts, and prints what came of it as JSON. */
const TERMINAL = `
import json, os, pty, select, sys, time
argv, answers = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pid, fd = pty.fork()
if pid == 0:
    os.execv(argv[0], argv)
seen, shown, end = b"", b"", time.time() + 240
while time.time() < end:
    if not select.select([fd], [], [], 0.2)[0]:
        continue
    try:
        chunk = os.read(fd, 65536)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    shown += chunk
    while answers and answers[0][0].encode() in seen:
        prompt, answer = answers.pop(0)
        seen = seen.split(prompt.encode(), 1)[1]
        time.sleep(0.3)
        os.write(fd, answer.encode())
if time.time() >= end:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "shown": shown.decode("utf8", "replace")}))
`;
/** Whether there is what it takes: python3, with its terminals. */
export const hasTerminal: boolean = spawnSync("python3", ["-c", "import pty"]).status === 0;

/**
 * Runs `tuf-ld` on a terminal.
 *
 * @param answers what is typed after what is shown
 */
export function onTerminal(
  cwd: string,
  args: readonly string[],
  answers: readonly (readonly [shown: string, typed: string])[],
): { code: number; shown: string } {
  const argv = JSON.stringify([process.execPath, CLI, ...args]);
  const { TUF_LD_PASSPHRASE: _, ...env } = process.env;
  const ended = spawnSync("python3", ["-c", TERMINAL, argv, JSON.stringify(answers)], {
    cwd,
    env,
    encoding: "utf8",
  });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout) as { code: number; shown: string };
}
