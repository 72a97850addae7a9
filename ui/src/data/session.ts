/** The name of this window for the library: it tells its own steps from those of others, and holds its items by it. */
export const SESSION: string = crypto.randomUUID();
