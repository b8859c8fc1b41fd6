/** Small, so that its letters are legible where a phone shows it and not huge where three share a screen. */
export const WIDTH = 400;
export const HEIGHT = 240;

/** Around what is plotted: the vertical axis's words above, names of lines to the right. */
export const MARGINS = { marginTop: 30, marginRight: 86, marginBottom: 42, marginLeft: 64 } as const;

/** Where the horizontal axis lies. */
export const BOTTOM: number = HEIGHT - MARGINS.marginBottom;
