export declare const DATA: string;
export declare function digestOf(folder: string): string;
export declare function digestsOfPage(): Map<string, string>;
