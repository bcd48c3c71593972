/** How much a line of the host's log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes the host's log lines: what happened, and values for programs. Never given code, output or tokens of a caller. */
export type Log = (level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>) => void;
