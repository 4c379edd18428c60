/** A refusal in Stripe's shape. */
export function stripeError(
  status: number,
  error: { type: string; code?: string; message: string },
  headers: Record<string, string> = {},
) {
  return { status, body: { error }, headers };
}
