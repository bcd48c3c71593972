/** The version of all of Quicksand's packages. */
export const version = '0.1.0';
