/**
 * Stop tokens that a model cannot learn with an adapter: where the head's row of the token equals the row of another
 * one, both were never trained, and whatever the hidden state says, both get the same logit. Base models whose template
 * came later are like that.
 */
import { internal } from "../base/errors.ts";
import { readTensor } from "../formats/safetensors.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Model } from "./model.ts";
import type { ParameterSpec } from "./scope.ts";
import type { TensorTable } from "./weights.ts";

/** Distance of two rows as a share of their length. Trained stop tokens of real models are 0.09 and more from all others. */
const SAME = 0.01;

/** Numbers that are read at once. */
const PIECE = 2 ** 20;

export interface StopRows {
  readonly model: Model;
  readonly tensors: TensorTable;
  readonly tokenizer: Pick<Tokenizer, "idToToken">;
}

/** @returns what to say; nothing where `trained` has the head among it */
export async function noteUntrainedStops(
  { model, tensors, tokenizer }: StopRows,
  trained: readonly ParameterSpec[],
  stopIds: readonly number[],
): Promise<readonly string[]> {
  const { module } = model.head;
  if (trained.some(({ name }) => name === module.weight || name.startsWith(`${module.path}.`))) return [];
  const notes: string[] = [];
  const name = (id: number): string => JSON.stringify(tokenizer.idToToken(id) ?? String(id));
  for (const id of stopIds) {
    const twin = await equalRow(tensors, module.weight, id);
    if (twin === undefined) continue;
    notes.push(
      `The head's row of the stop token ${name(id)} (${id}) equals that of ${name(twin)} (${twin}): it was never ` +
        `trained, and an adapter that leaves the head alone cannot teach the model to stop. Train the head, too: ` +
        `--modules-to-save ${lastName(module.path)}; or, smaller, --target-modules all-linear ${lastName(module.path)}.`,
    );
  }
  return notes;
}

const lastName = (path: string): string => path.slice(path.lastIndexOf(".") + 1);

/** Another row that is the same but for rounding. */
async function equalRow(tensors: TensorTable, weight: string, id: number): Promise<number | undefined> {
  const entry = tensors.get(weight) ?? internal(`no tensor ${weight}`);
  const [rows = 0, width = 0] = entry.shape;
  if (id >= rows) return undefined;
  const own = await readTensor(entry, { start: id * width, count: width });
  const allowed = SAME ** 2 * own.reduce((sum, value) => sum + value * value, 0);
  const step = Math.max(1, Math.floor(PIECE / width));
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const piece = await readTensor(entry, { start: first * width, count: count * width });
    for (let row = 0; row < count; row++) {
      if (first + row === id) continue;
      let distance = 0;
      for (let i = 0; i < width && distance <= allowed; i++) {
        distance += ((piece[row * width + i] as number) - (own[i] as number)) ** 2;
      }
      if (distance <= allowed) return first + row;
    }
  }
  return undefined;
}
