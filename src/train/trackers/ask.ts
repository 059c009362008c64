/** Requests from a thread that the engine holds for seconds: their time counts only while the thread could listen. */
const TICK = 250;
const TICKS = 60;

/** @throws an Error that says what the server answered, or why there was no answer */
export async function ask(
  url: string,
  init: RequestInit,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const stop = new AbortController();
  let ticks = 0;
  const clock = setInterval(() => {
    if (++ticks >= TICKS) stop.abort(new Error(`no answer within ${(TICK * TICKS) / 1000} s`));
  }, TICK);
  try {
    const response = await fetch(url, { ...init, redirect: "error", signal: stop.signal });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Error(cause instanceof Error && cause.message !== "" ? cause.message : message, { cause: error });
  } finally {
    clearInterval(clock);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.slice(0, 200);
  }
}
