import { readToken } from './session.js';

/** What the service answered instead of a body. */
export class ApiProblem extends Error {
  constructor(problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.code = problem.code;
  }
}

/** Returns the body at a path, or throws the problem that was answered. */
export async function read(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  const response = await fetch(query === '' ? path : `${path}?${query}`, {
    headers: { authorization: `Bearer ${readToken()}`, accept: 'application/json' },
    signal: AbortSignal.timeout(15_000),
  });
  const body = await response.json();
  if (!response.ok) throw new ApiProblem(body);
  return body;
}
