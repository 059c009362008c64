/**
 * Questions that rows ask one at a time, put to a model together: what is asked before the program next waits goes in
 * one call, up to a number of questions. Answers depend on the question alone, so that batches change no result.
 */
import { internal } from "../../../base/errors.ts";

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Asks one question. @throws what the call that it went into throws */
export type Ask<Question, Answer> = (question: Question) => Promise<Answer>;

export function createBatcher<Question, Answer>(
  answer: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  most: number,
): Ask<Question, Answer> {
  let waiting: Waiting<Question, Answer>[] = [];
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      const answers = await answer(batch.map(({ question }) => question));
      if (answers.length !== batch.length) internal(`${batch.length} questions were asked, ${answers.length} answered`);
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (waiting.length === most) void flush();
      else if (waiting.length === 1) setImmediate(() => void flush());
    });
}
