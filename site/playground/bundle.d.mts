/** Writes the playground's page, script and style sheet into a folder, which is made if it is not there. */
export function bundlePlayground(out: string): Promise<void>;
