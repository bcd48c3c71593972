type Take = (error: Error) => void;

/**
 * Takes what nobody catches, unless the user does. There is one place in Node for who takes it; as far as the user and Node's own modules see, it is free.
 */
export function takeUncaughtErrors(take: Take): void {
  const setTake = process.setUncaughtExceptionCaptureCallback.bind(process);
  let ofUser: Take | null = null;
  process.hasUncaughtExceptionCaptureCallback = () => ofUser !== null;
  process.setUncaughtExceptionCaptureCallback = (given) => {
    const before = ofUser;
    // Node checks what is given, and whether the place is free.
    setTake(null);
    try {
      if (before) setTake(before);
      setTake(given);
      ofUser = given;
    } finally {
      setTake(null);
      setTake(takeNow);
    }
  };
  const takeNow: Take = (error) => {
    if (ofUser) ofUser(error);
    else if (process.listenerCount('uncaughtException') > 0) process.emit('uncaughtException', error);
    else take(error);
  };
  setTake(takeNow);
}
