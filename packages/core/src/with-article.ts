/** "a Float32Array", "an Int32Array". "Uint8Array" begins with a consonant when it is said. */
export const withArticle = (name: string): string => `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`
