/** Addresses of the Internet Protocol. Data-Juicer: clean_ip_mapper. */
import { defineTextMapper } from "../operator.ts";
import { createReplace, patternDiffers, replaceArgs } from "../text/replace-pattern.ts";

const number = "(?:1[0-9][0-9]|2[0-4][0-9]|25[0-5]|[1-9][0-9]|[0-9])";

/** Four numbers up to 255 with dots; or eight groups of up to four hexadecimal digits with colons. */
const address = new RegExp(String.raw`(?:${number}\.){3}${number}|([\p{Nd}a-fA-F]{1,4}:){7}[\p{Nd}a-fA-F]{1,4}`, "gu");

const sign = /[0-9]\.[0-9]|[\p{Nd}a-fA-F]:/u;

export const cleanIpMapper = defineTextMapper({
  name: "clean_ip_mapper",
  summary: "Removes IPv4 and IPv6 addresses, or replaces them.",
  args: replaceArgs,
  cost: 4,
  differs: patternDiffers,
  create: (args) => createReplace({ pattern: address, sign }, args, "clean_ip_mapper"),
});
