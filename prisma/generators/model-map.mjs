// A Prisma generator: writes what src/tenancy needs to know of each model (relations, unique keys, columns)
// to src/generated/model-map.ts. Prisma's own client keeps this in a private field.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import generatorHelper from '@prisma/generator-helper';

generatorHelper.generatorHandler({
  onManifest: () => ({ prettyName: 'Model map', defaultOutput: '../src/generated/model-map.ts' }),
  onGenerate: async ({ dmmf, generator }) => {
    const models = Object.fromEntries(dmmf.datamodel.models.map((model) => [model.name, describe(model)]));
    const output = generator.output.value;
    await mkdir(dirname(output), { recursive: true });
    await writeFile(output, `export const modelMap = ${JSON.stringify(models, null, 2)};\n`);
  },
});

function describe(model) {
  const relations = model.fields.filter((field) => field.kind === 'object');
  const columns = model.fields.filter((field) => field.kind !== 'object');
  const keys = [model.primaryKey, ...model.uniqueIndexes].filter(Boolean);
  return {
    table: model.dbName ?? model.name,
    columns: Object.fromEntries(columns.map((field) => [field.name, field.dbName ?? field.name])),
    relations: Object.fromEntries(relations.map((field) => [field.name, { model: field.type, isList: field.isList }])),
    compoundKeys: Object.fromEntries(keys.map((key) => [key.name ?? key.fields.join('_'), key.fields])),
  };
}
