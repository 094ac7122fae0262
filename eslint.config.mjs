import js from '@eslint/js';
import tsdoc from 'eslint-plugin-tsdoc';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const TESTS = ['test/**/*.ts', 'src/**/*.spec.ts'];
const TYPE_CHECKED = ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'prisma/**/*.ts', '*.config.ts'];
const PLAIN = ['**/*.mjs', '**/*.cjs', '**/*.js'];
const MAX_LINES = { max: 300, skipBlankLines: true, skipComments: true };

const decoratorCount = {
  selector: 'MethodDefinition > Decorator:nth-child(5)',
  message: 'At most four decorators: compose the rest into one.',
};
const enterWith = {
  selector: [
    'CallExpression[callee.property.name="enterWith"]',
    'CallExpression[callee.property.name="enter"]:matches([callee.object.name=/^cls/], [callee.object.property.name=/^cls/])',
    'Property[key.name="useEnterWith"][value.value!=false]',
  ].join(', '),
  message: 'Open a context with a block (run); enterWith leaks into whatever runs next.',
};
// A setting that outlives the transaction is still there when the pool hands the connection to another organization.
const sessionSettings = {
  selector: [
    String.raw`Literal[value=/set_config\([\s\S]*,\s*false\s*\)/i]`,
    String.raw`TemplateLiteral:has(TemplateElement[value.raw=/set_config\(/i]):has(TemplateElement[value.raw=/,\s*false\s*\)/i])`,
    String.raw`Literal[value=/\bSET\s+(SESSION\s+)?app\./i]`,
    String.raw`TemplateElement[value.raw=/\bSET\s+(SESSION\s+)?app\./i]`,
  ].join(', '),
  message: 'Set the organization for one transaction only: set_config(…, true) or SET LOCAL.',
};
const importCount = {
  selector: 'Program > ImportDeclaration:nth-child(16)',
  message: 'More than 15 imports: this file does too much.',
};

const restrictSyntax = (...restrictions) => ({ 'no-restricted-syntax': ['error', ...restrictions] });

const forwardRef = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'A circle means that a third thing is missing: an event, a port or a smaller module.',
};
const environment = ['node:process', 'process'].map((name) => ({
  name,
  importNames: ['env'],
  message: 'Inject the configuration of src/platform/config instead.',
}));
const asyncHooks = ['node:async_hooks', 'async_hooks'].map((name) => ({
  name,
  importNames: ['AsyncLocalStorage'],
  message: 'The context lives in tenancy; a second store can disagree with it.',
}));

const restrictImports = (...paths) => ({ '@typescript-eslint/no-restricted-imports': ['error', { paths }] });

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.data/', 'src/generated/', 'bench/peers/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },

  {
    files: PLAIN,
    languageOptions: {
      ecmaVersion: 'latest',
      globals: Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly'])),
    },
    rules: { 'max-params': ['error', 6], ...restrictSyntax(enterWith, sessionSettings) },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },

  {
    files: TYPE_CHECKED,
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { tsdoc },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      // Elsewhere both forms are right: a block that opens a context awaits inside on purpose.
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unnecessary-condition': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'tsdoc/syntax': 'error',
      'max-params': ['error', 6],
      'max-depth': ['error', 3],
      ...restrictImports(forwardRef),
      ...restrictSyntax(enterWith),
    },
  },

  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: environment[0].message }],
      complexity: ['error', { max: 12, variant: 'modified' }],
      'max-lines': ['error', MAX_LINES],
      'max-lines-per-function': ['error', { ...MAX_LINES, max: 40 }],
      ...restrictImports(forwardRef, ...environment, ...asyncHooks),
      ...restrictSyntax(enterWith, sessionSettings, decoratorCount, importCount),
    },
  },
  {
    files: ['src/**/*.module.ts', 'src/configure-app.ts'],
    rules: restrictSyntax(enterWith, sessionSettings, decoratorCount),
  },
  {
    files: ['src/platform/config/**/*.ts'],
    rules: { 'no-restricted-properties': 'off', ...restrictImports(forwardRef, ...asyncHooks) },
  },
  {
    // The driver store that hands the ids of one call to the connection pool is the one exception.
    files: ['src/platform/database/**/*.ts', 'src/tenancy/**/*.ts'],
    rules: restrictImports(forwardRef, ...environment),
  },
  {
    files: ['src/tenancy/**/*.ts'],
    rules: { 'max-lines': ['error', { ...MAX_LINES, max: 120 }] },
  },
  {
    // Commands answer on standard output.
    files: ['src/cli.ts', 'src/**/*.command.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: TESTS,
    rules: {
      // Bodies of HTTP answers are untyped, and expect() takes methods without calling them.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      ...restrictImports(forwardRef),
      ...restrictSyntax(enterWith),
    },
  },
  {
    files: ['src/tenancy/**/*.spec.ts'],
    rules: { 'max-lines': ['error', MAX_LINES] },
  },
);
