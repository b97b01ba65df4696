/** Which sessions' tokens are good no longer. Taking the same entry twice changes nothing, and the order does not matter. */

/** Of one session, or of all sessions of an account that began in an epoch before this one, but the spared one. */
export type Revoked = { session: string } | { account: string; epoch: number; spared: string | null };

type Raised = { epoch: number; spared: string | null; until: number };

/** The revocations that still matter. `until` is when one may be forgotten, by whatever clock `forget` is told. */
export class RevokedSet {
  private readonly sessions = new Map<string, number>();
  /** More than one entry where each spares another session: a later one does not take back what an earlier one ended. */
  private readonly accounts = new Map<string, Raised[]>();
  private raised = 0;

  /** How many entries it holds. */
  get size(): number {
    return this.sessions.size + this.raised;
  }

  add(of: Revoked, until: number): void {
    if ("session" in of) {
      this.sessions.set(of.session, Math.max(until, this.sessions.get(of.session) ?? until));
      return;
    }
    const { account, epoch, spared } = of;
    const others = this.of(account).filter((old) => old.spared !== spared || old.epoch > epoch || old.until > until);
    this.keep(account, [...others, { epoch, spared, until }]);
  }

  /** Whether the tokens of this session, begun in this epoch of its account, are good no longer. */
  revokes({ session, account, epoch }: { session: string; account: string; epoch: number }): boolean {
    return this.sessions.has(session) || this.of(account).some((one) => epoch < one.epoch && one.spared !== session);
  }

  /** Drops what concerns no live token any more. */
  forget(now: number): void {
    for (const [session, until] of this.sessions) if (until <= now) this.sessions.delete(session);
    for (const [account, raised] of this.accounts) this.keep(account, raised.filter(({ until }) => now < until));
  }

  private of(account: string): Raised[] {
    return this.accounts.get(account) ?? [];
  }

  private keep(account: string, raised: Raised[]): void {
    this.raised += raised.length - this.of(account).length;
    if (raised.length > 0) this.accounts.set(account, raised);
    else this.accounts.delete(account);
  }
}
