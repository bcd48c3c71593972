/** Sets the variables of one execution; what it gives takes them back. `lasting` stay, null for one that is taken away. */
export function setVariables(
  lasting: Readonly<Record<string, string | null>>,
  own: Readonly<Record<string, string>>,
): () => void {
  const { env } = process;
  for (const [name, value] of Object.entries(lasting)) put(env, name, value ?? undefined);
  const before = Object.keys(own).map((name): [string, string | undefined] => [name, env[name]]);
  for (const [name, value] of Object.entries(own)) put(env, name, value);
  return () => before.forEach(([name, value]) => put(env, name, value));
}

function put(env: NodeJS.ProcessEnv, name: string, value: string | undefined): void {
  if (value === undefined) delete env[name];
  else env[name] = value;
}
