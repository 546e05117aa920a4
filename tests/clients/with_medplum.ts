// Medplum's client: finds the service in discovery, sends the order of the sandbox and shows the cards.

import { MedplumClient } from '@medplum/core';
import { order } from './order.js';

const medplum = new MedplumClient({ baseUrl: process.argv[2] });
const { services } = await medplum.getCdsServices();
const [service] = services.filter((one) => one.hook === order.hook);
if (!service?.prefetch) throw new Error('discovery names no service with a prefetch');
const { cards } = await medplum.callCdsService(service.id, order, { headers: { 'Accept-Language': 'en' } });
for (const card of cards) console.log(`[${card.indicator}] ${card.summary}`);
