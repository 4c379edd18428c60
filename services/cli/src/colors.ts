import pc from 'picocolors';

/**
 * Colour is for eyes alone: what goes into a pipe or a file, on a CI machine too, is plain text, so
 * that a key or an id can be copied from it as it stands.
 */
export const colors = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);
