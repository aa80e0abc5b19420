/** What a Collector answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Posts one OTLP/JSON body to a Collector. */
export async function post(endpoint: string, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(endpoint, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

/** Posts all of them, so many at a time. @throws {Error} at the first answer that is not 2xx */
export async function postAll(endpoint: string, bodies: readonly string[], atATime: number): Promise<void> {
  const pending = bodies.values();
  const worker = async (): Promise<void> => {
    for (const body of pending) {
      const { status, text } = await post(endpoint, body);
      if (status >= 300) throw new Error(`${status}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
