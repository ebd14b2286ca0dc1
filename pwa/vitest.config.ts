// Unit tests run in Node: whatever needs a screen is a journey, not a unit.
import { defineConfig } from "vitest/config"

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["src/**/*.test.{ts,tsx}", "pin.test.ts", "integrity.test.ts", "shipped.test.ts"],
    environment: "node",
    passWithNoTests: true,
    coverage: {
      provider: "v8",
      include: ["src/core/**/*.ts"],
      exclude: ["**/*.test.ts", "**/*.d.ts"],
      reportsDirectory: "node_modules/.coverage",
    },
  },
})
