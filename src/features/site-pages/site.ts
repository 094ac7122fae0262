/** Which addresses belong to a site: those of its host, with and without `www.`, on its port. */
export class Site {
  private readonly hosts: Set<string>;

  constructor(...urls: readonly string[]) {
    this.hosts = new Set(urls.map(toHost));
  }

  has(url: string | URL): boolean {
    return URL.canParse(String(url)) && this.hosts.has(toHost(String(url)));
  }
}

function toHost(text: string): string {
  const { host } = new URL(text);
  return host.replace(/^www\./, '');
}
