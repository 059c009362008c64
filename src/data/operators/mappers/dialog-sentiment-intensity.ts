/** How a user feels in each turn of a dialog, from -5 to 5. Data-Juicer: dialog_sentiment_intensity_mapper. */
import { unusable, usable } from "../ask/ask.ts";
import { defineDialogMapper } from "../ask/define-dialog-mapper.ts";

export const dialogSentimentIntensityMapper = defineDialogMapper({
  name: "dialog_sentiment_intensity_mapper",
  summary: "A model says how good or bad the user feels in each turn of a dialog; numbers and analyses become tags.",
  finds: { argument: "intensity", tag: "dialog_sentiment_intensity", tagArgument: "intensities_key" },
  analysisTag: "dialog_sentiment_intensity_analysis",
  marks: { analysis: "情绪分析", finding: "情绪值" },
  task: "Find out how the user feels, as a whole number: -5 is as bad as can be, 0 neither good nor bad, 5 as good as can be.",
  example: {
    query: "总算说到点子上了，刚才真让人着急。",
    analysis: "用户得到了想要的回答，由急躁转为略感满意。",
    finding: "1",
  },
  read: (text) => {
    const number = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
    return Math.abs(number) <= 5 ? usable(number) : unusable("情绪值 is no whole number from -5 to 5");
  },
  keep: (numbers) => numbers,
  differs: "A number beyond -5 to 5 is no usable answer.",
});
