// What the words of a row hold. Constants of their own: a bundler writes numbers in their place, which it does for no object.

/** An IPv4 address, or the number of an IPv6 address. */
export const address = 0;
/** The port, and above it the number of its variant: see `EndpointVariants`. */
export const port = 1;
/** Until when a contact only counts, in ticks. */
export const due = 2;
/** Verdict and all small parts: see `FLAG`. */
export const flags = 3;
/** Contacts since it was first met. */
export const contacts = 4;
/** Popularity: the minute, and the latest 30 minutes; the highest bit of these tells an IPv6 address. */
export const minute = 5;
export const recent = 6;
/** Hits of an Unknown one, and above them the port of its Do53. */
export const hits = 7;
