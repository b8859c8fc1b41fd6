import type { Target, TargetName } from './target.js';
import { address } from './targets/address.js';
import { dump } from './targets/dump.js';
import { framing } from './targets/framing.js';
import { message } from './targets/message.js';
import { opt } from './targets/opt.js';
import { records } from './targets/records.js';
import { server } from './targets/server.js';
import { session } from './targets/session.js';
import { svcb } from './targets/svcb.js';
import { worth } from './targets/worth.js';
import { zone } from './targets/zone.js';

/** The targets by their names. */
export const TARGETS: Readonly<Record<TargetName, Target>> = {
  message,
  zone,
  framing,
  opt,
  session,
  address,
  server,
  dump,
  svcb,
  worth,
  records,
};
