/** "a Float32Array", "an Int32Array". "Uint8Array" starts with a consonant sound. */
export const withArticle = (name: string): string => `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`
