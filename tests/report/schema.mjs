// usage: schema.mjs SCHEMA REPORT...: every report is valid, and one with a part missing is not.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';

const [schemaFile, ...files] = process.argv.slice(2);
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')));
let bad = 0;
for (const file of files) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  if (!validate(report)) {
    bad++;
    for (const e of validate.errors.slice(0, 10)) console.error(`${file}: ${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  }
  for (const key of Object.keys(report)) {
    const { [key]: _, ...rest } = report;
    if (validate(rest)) { bad++; console.error(`${file}: valid without ${key}`); }
  }
  if (validate({ ...report, verdict: { ...report.verdict, overall: 'fine' } })) { bad++; console.error(`${file}: any verdict is valid`); }
  if (validate({ ...report, surprise: 1 })) { bad++; console.error(`${file}: an unknown member is valid`); }
}
console.log(`${files.length} reports checked, ${bad} problems`);
process.exit(bad ? 1 : 0);
