import { Place } from '../../../../tools/place.js';
import { type Adapter, hintsFile, type Site } from './adapter.js';

/** A resolver that is described by templates. */
export interface CommandTemplates {
  readonly name: string;
  /** The program in the foreground and its arguments, parted by blanks. */
  readonly command: string;
  /** What goes into its configuration file, `{directory}/resolver.conf`. */
  readonly configuration: string;
}

/**
 * Any resolver that a command starts. In the templates stand `{address}`, `{port}`, `{directory}`, `{root}` (the root server's
 * address), `{hints}` (a file with it), `{config}` (the file made of `configuration`) and `{encryption}` (`on` or `off`).
 */
export function anyCommand({ name, command, configuration }: CommandTemplates): Adapter {
  return {
    name,
    async find() {
      return {
        title: name,
        alwaysEncrypts: !`${command}${configuration}`.includes('{encryption}'),
        place: new Place(),
        plan: (site) => {
          const [program = '', ...args] = command.split(' ').filter(Boolean);
          return {
            files: { 'resolver.conf': filled(configuration, site), 'root.hints': hintsFile(site.root) },
            command: [filled(program, site), ...args.map((argument) => filled(argument, site))],
          };
        },
      };
    },
  };
}

function filled(template: string, { address, port, directory, root, encrypts }: Site): string {
  const values: Record<string, string> = {
    ...{ address, port: `${port}`, directory, root },
    encryption: encrypts ? 'on' : 'off',
    ...{ hints: `${directory}/root.hints`, config: `${directory}/resolver.conf` },
  };
  return template.replaceAll(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}
