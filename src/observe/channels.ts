import { type Channel, channel } from 'node:diagnostics_channel';

const channels: Partial<Record<string, Channel>> = {};

/**
 * The diagnostics channel of an event: `dotscout:transition` for `transition`, and so on. What is published is what the
 * event's listeners get. It tells of all selectors of the process, and is for whoever watches a program without being a
 * part of it.
 *
 * A subscriber that throws throws in the process, as on any channel of Node's; a listener of the selector's does not.
 *
 * @param event - an event's name
 */
export function channelOf(event: string): Channel {
  let found = channels[event];
  if (found === undefined) {
    found = channel(`dotscout:${event}`);
    channels[event] = found;
  }
  return found;
}
