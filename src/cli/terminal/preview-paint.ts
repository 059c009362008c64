/** How the preview of a sample looks in a terminal. */
import type { PreviewStyle } from "../../text/preview.ts";
import type { Paint } from "./paint.ts";

/** Trained text in green; in brackets where there are no colours. */
export function previewPaint(paint: Paint): (style: PreviewStyle, text: string) => string {
  const colours = { plain: undefined, trained: "green", weighted: "yellow", note: "dim" } as const;
  return (style, text) => {
    const colour = colours[style];
    if (colour === undefined) return text;
    const painted = paint(colour, text);
    return painted === text && style !== "note" ? `⟦${text}⟧` : painted;
  };
}
