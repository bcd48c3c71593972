/** A Python program that writes a wheel: its arguments are a folder, the name and the version of a package, its requirements and its files as JSON. */
const program = `
import hashlib, json, os, sys, zipfile
folder, name, version, requires, files = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4]), json.loads(sys.argv[5])
info = f'{name}-{version}.dist-info'
needs = ''.join(f'Requires-Dist: {requirement}\\n' for requirement in requires)
files = dict(files)
script = files.pop('script', None)
if script:
    files[f'{info}/entry_points.txt'] = f'[console_scripts]\\n{script}\\n'
files[f'{info}/METADATA'] = f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{needs}'
files[f'{info}/WHEEL'] = 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'
files[f'{info}/RECORD'] = ''.join(f'{path},,\\n' for path in [*files, f'{info}/RECORD'])
os.makedirs(folder, exist_ok=True)
with zipfile.ZipFile(os.path.join(folder, f'{name}-{version}-py3-none-any.whl'), 'w') as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
`;

/** A package that {@link toWheelCommand} makes. */
export interface WheelParts {
  readonly name: string;
  readonly version: string;
  /** Text by path; `script` is a console script: `name = module:function`. */
  readonly files: Readonly<Record<string, string>>;
  readonly requires?: readonly string[];
}

/** A command that writes a wheel into a folder of the sandbox, as `NAME-VERSION-py3-none-any.whl`. */
export function toWheelCommand(
  folder: string,
  { name, version, files, requires = [] }: WheelParts,
): [string, ...string[]] {
  return ['python3', '-c', program, folder, name, version, JSON.stringify(requires), JSON.stringify(files)];
}
