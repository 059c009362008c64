/** One self-contained page: style inside, no script, and a policy that forbids to load or run anything. */
import { fragment, trusted, type Markup } from "./html.ts";
import { style } from "./style.ts";

export interface PageParts {
  readonly title: string;
  /** Small words over the title: the verb that made the page. */
  readonly kicker: string;
  readonly subtitle: string;
  readonly sections: readonly Markup[];
  readonly foot: string;
}

export function page({ title, kicker, subtitle, sections, foot }: PageParts): string {
  return fragment`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <title>${title}</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <main>
          <header class="top">
            <p class="kicker">${kicker}</p>
            <h1>${title}</h1>
            <p class="subtitle">${subtitle}</p>
          </header>
          ${sections}
          <footer>${foot}</footer>
        </main>
      </body>
    </html> `.markup;
}

/** A part of the page with a heading, and a sentence on how to read it. */
export function section(heading: string, lead: string, content: Markup | readonly Markup[]): Markup {
  return fragment`<section>
    <h2>${heading}</h2>
    ${lead === "" ? undefined : fragment`<p class="lead">${lead}</p>`}${content}
  </section>`;
}
