import { UserReflect } from './user-realm.ts';

// It is code of the user that gets the error.
const { apply } = UserReflect;
const nothing = (): void => {};
/** Some 8 KB on the stack. */
const room: readonly number[] = Array.from({ length: 1000 }, () => 0);
/** For what asks for that room on its way. */
const wideRoom: readonly number[] = [...room, ...room];

/** Throws the `RangeError` of a full stack where there is too little left for what the kernel is about to do: then nothing is half done. */
export function needStack(): void {
  apply(nothing, undefined, room);
}

/** The same for something that calls {@link needStack} itself. */
export function needWideStack(): void {
  apply(nothing, undefined, wideRoom);
}
