/**
 * What we use of TypeDoc 0.28.20: its own declarations need those of browsers, and do not hold under this project's compiler
 * options.
 */

/** What is known of a page before it is written. */
export interface Page {
  /** Its path within the site. */
  readonly url: string;
  contents?: string | undefined;
}

/** Something of the source that has a name. */
export interface Named {
  name: string;
  kindOf(kind: ReflectionKind): boolean;
}

/** The source, read. */
export interface Project {
  readonly children?: readonly Named[] | undefined;
}

/** The part that reads the source. */
export interface Converter {
  on(event: 'createDeclaration', listener: (context: unknown, reflection: Named) => void): void;
}

/** The part that writes pages. */
export interface Renderer {
  on(event: 'endPage', listener: (page: Page) => void): void;
}

/** Where warnings and errors go. */
export interface Logger {
  hasErrors(): boolean;
  hasWarnings(): boolean;
}

/** Reads options. */
export interface OptionsReader {
  readonly name: string;
}

/** Reads a file of TypeDoc's options. */
export declare class TypeDocReader implements OptionsReader {
  readonly name: string;
}

/** Kinds of what has a name. */
export declare enum ReflectionKind {
  Module = 2,
}

/** TypeDoc, ready to run. */
export declare class Application {
  private constructor();
  readonly converter: Converter;
  readonly renderer: Renderer;
  readonly logger: Logger;
  static bootstrap(options: Readonly<Record<string, unknown>>, readers: readonly OptionsReader[]): Promise<Application>;
  convert(): Promise<Project | undefined>;
  validate(project: Project): void;
  generateDocs(project: Project, out: string): Promise<void>;
}
