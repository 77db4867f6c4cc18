// A process of its own for a reference: it does the work once and says what it cost. What it costs to
// start the process and to load the code is left out, in the reference's favour.

import { measureHere } from '../support/measure.ts';
import type { Measure } from '../support/measure.ts';
import { PEERS } from './peer.ts';
import type { PeerName } from './peer.ts';

const [name, root, warm] = process.argv.slice(2) as [PeerName, string, string | undefined];
const work = await PEERS[name]();
if (warm !== undefined) await work(root);
const measure: Measure = await measureHere(() => work(root));
process.send?.(measure);
