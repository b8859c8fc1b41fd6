/** How a thing stands: well, in trouble, or nobody can say. */
export type State = 'well' | 'trouble' | 'open';

/** What the doctor has looked at; `--json` writes this. */
export interface Check {
  /** A word for it. */
  readonly what: string;
  readonly state: State;
  /** What is the case, for programs: stable. */
  readonly code: string;
  /** How it stands, in a sentence. */
  readonly text: string;
  /** What can be done. */
  readonly advice?: string;
}
