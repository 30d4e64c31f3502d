export declare function missingData(
  report: {
    readonly testResults: readonly {
      readonly name: string;
      readonly assertionResults: readonly { readonly status: string }[];
    }[];
  },
  isHere?: (folder: string) => boolean,
): string[];
