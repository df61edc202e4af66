import { describe, expect, it } from '@jest/globals';
import { rootFolder } from '@signal/testing';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = rootFolder();
const pages = ['README.md', 'docs/**/*.md', 'services/*/README.md', 'libs/*/README.md', 'deploy/*/README.md', 'tests/**/README.md']
  .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: (name) => name.includes('node_modules') }))
  .sort();

type Link = Readonly<{ page: string; target: string }>;

const withoutCode = (text: string): string => text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '``');

/** Links to files of the repository: neither addresses nor places on the same page. */
const linksOf = (page: string): readonly Link[] =>
  [...withoutCode(readFileSync(join(root, page), 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => ({ page, target: target.split('#', 1)[0] ?? '' }))
    .filter(({ target }) => target !== '' && !/^[a-z]+:/.test(target));

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set([...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading)));

describe('the documents', () => {
  it('are found', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/one-tick.md', 'services/gateway/README.md', 'libs/bus/README.md']));
  });

  it('link to files that exist', () => {
    const broken = pages.flatMap(linksOf).filter(({ page, target }) => !existsSync(join(root, dirname(page), target)));
    expect(broken).toEqual([]);
  });

  it('link to headings that exist', () => {
    const anchored = pages.flatMap((page) =>
      [...withoutCode(readFileSync(join(root, page), 'utf8')).matchAll(/\]\(([^)\s#:]*)#([^)\s]+)\)/g)].map(([, file = '', anchor = '']) => ({
        page,
        file: file === '' ? page : relative(root, join(root, dirname(page), file)),
        anchor,
      })),
    );
    expect(anchored.filter(({ file, anchor }) => file.endsWith('.md') && !anchorsOf(file).has(anchor))).toEqual([]);
  });
});
