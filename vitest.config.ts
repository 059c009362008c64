import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          env: { HF_HUB_OFFLINE: "1" },
          include: ["{src,test}/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "slow", include: ["{src,test}/**/*.slow.ts"], testTimeout: 1_200_000, hookTimeout: 1_200_000 } },
    ],
  },
});
