/** One line of the doctor's report. */

export interface Check {
  readonly name: string;
  /** "lack": nothing is broken, but something could be had; "fail": training cannot run. */
  readonly status: "ok" | "lack" | "fail";
  readonly value: string;
  readonly fix?: string;
  /** The same as numbers, for programs. */
  readonly data?: Readonly<Record<string, unknown>>;
}
