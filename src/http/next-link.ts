/** The address of the next page: that of the request, with the cursor in place of the one that was sent. */
export function nextLink(requestUrl: string, parameter: string, cursor: string | number): string {
  const url = new URL(requestUrl, 'http://any');
  url.searchParams.set(parameter, String(cursor));
  return url.pathname + url.search;
}
