import { type Formats, isKnownMime, toFields, toFormats } from './formats.ts';
import { UserTypeError, toUser } from './user-realm.ts';

/** What {@link createDisplay} takes. */
export interface DisplayOptions {
  /** The mime type of `value`: it is shown as that, and not by what it is. */
  readonly mime?: string;
}

/** The global `display(value, {mime})`; shows something while code runs. */
export function createDisplay(
  show: (formats: Formats) => void,
  charts: () => boolean,
): (value: unknown, options?: DisplayOptions) => Promise<void> | void {
  return (value, { mime } = {}) => {
    if (mime === undefined) {
      const formats = toFormats(value, charts());
      return formats instanceof Promise ? toUser(formats.then(show)) : show(formats);
    }
    if (typeof mime !== 'string' || !isKnownMime(mime))
      throw new UserTypeError(`display() does not know the mime type ${String(mime)}`);
    show(toFields({ [mime]: value }));
  };
}
