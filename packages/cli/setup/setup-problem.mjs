/** Something that stops set-up and that its user can mend: what happened, what to do, and the end of a tool's output. */
export class SetupProblem extends Error {
  /**
   * @param {string} message what happened
   * @param {{ hint?: string, output?: string }} [more] `hint`: what to do; `output`: what the failed tool wrote
   */
  constructor(message, { hint = '', output = '' } = {}) {
    super(message);
    this.name = 'SetupProblem';
    this.hint = hint;
    this.output = output;
  }
}
