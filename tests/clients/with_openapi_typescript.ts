// The types that openapi-typescript makes: the order of the sandbox is of their type, and its cards are shown.

import createClient from 'openapi-fetch';
import type { paths } from './baclofen-cds.js';
import { order } from './order.js';

const service = createClient<paths>({ baseUrl: process.argv[2] });
const { data, error } = await service.POST('/cds-services/baclofen-order-sign', {
  params: { header: { 'Accept-Language': 'en' } },
  body: order,
});
if (!data) throw new Error(error.issue.map((issue) => issue.diagnostics).join('\n'));
for (const card of data.cards) console.log(`[${card.indicator}] ${card.summary}`);
