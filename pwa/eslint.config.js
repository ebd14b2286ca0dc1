// Strict type-checked rules, and the house's own: a pure core, faces that do not know each other, small files.
import eslint from "@eslint/js"
import { defineConfig } from "eslint/config"
import tseslint from "typescript-eslint"

const FACES = ["landing", "wallet", "clinic", "enrolment", "console"]
const LOWER_ROOMS = ["core", "device", "ui"]

/** Refuses imports from the rooms named. */
const closedTo = (files, rooms, message) => ({
  files,
  rules: {
    "no-restricted-imports": ["error", { patterns: [{ regex: `(^|/)(${rooms.join("|")})/`, message }] }],
  },
})

const forbidden = (selector, message) => ({ selector, message })
const IMPURE = [
  forbidden("MemberExpression[object.name='Date'][property.name='now']", "`now` is an argument of the core."),
  forbidden("NewExpression[callee.name='Date'][arguments.length=0]", "`now` is an argument of the core."),
  forbidden("CallExpression[callee.name='Date']", "`now` is an argument of the core."),
  forbidden("MemberExpression[object.name='Math'][property.name='random']", "Randomness is an argument of the core."),
  forbidden("MemberExpression[property.name='getRandomValues']", "Randomness is an argument of the core."),
]

export default defineConfig(
  { ignores: ["dist/", ".tsc/", "coverage/", "node_modules/"] },
  { linterOptions: { noInlineConfig: true } },
  eslint.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-expect-error": true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-control-regex": "off",
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60 }],
      complexity: ["error", 10],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    files: ["src/core/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: { "no-restricted-syntax": ["error", ...IMPURE] },
  },
  { files: ["**/*.d.ts"], rules: { "@typescript-eslint/no-extraneous-class": "off" } },
  closedTo(["src/core/**"], [...FACES, "device", "ui"], "The core imports nothing of the house."),
  closedTo(["src/device/**"], [...FACES, "ui"], "device may import the core only."),
  closedTo(["src/ui/**"], FACES, "ui may import device and core only."),
  ...FACES.map((face) =>
    closedTo([`src/${face}/**`], FACES.filter((other) => other !== face), `Faces never import each other; share through ${LOWER_ROOMS.join(", ")}.`),
  ),
  {
    files: ["**/*.test.ts", "**/*.test.tsx"],
    rules: {
      "max-lines": ["error", { max: 500 }],
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["scripts/**/*.mjs", "*.js"],
    languageOptions: { globals: { process: "readonly", console: "readonly", Buffer: "readonly", URL: "readonly" } },
  },
)
