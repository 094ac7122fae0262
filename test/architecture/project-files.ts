import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

const NOT_OURS = /(^|\/)(node_modules|dist|coverage|\.git|\.data)(\/|$)|^src\/generated(\/|$)/;

/** Lists our files below a folder as paths from the project root with forward slashes. A missing folder has no files. */
export function filesUnder(folder: string, extension: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name).split(sep).join('/');
      if (NOT_OURS.test(path)) return [];
      if (entry.isDirectory()) return filesUnder(path, extension);
      return path.endsWith(extension) ? [path] : [];
    })
    .sort();
}

/** Lists the folders that hold any of the files, directly or further down. */
export function foldersOf(paths: string[]): string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].sort();
}
