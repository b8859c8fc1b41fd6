/** How a thing stands: well, in trouble, or nobody can say. */
export type State = 'well' | 'trouble' | 'open';

/** What the doctor has looked at. */
export interface Check {
  /** A word for it. */
  readonly what: string;
  readonly state: State;
  /** How it stands, in a sentence. */
  readonly text: string;
  /** What can be done. */
  readonly advice?: string;
}
