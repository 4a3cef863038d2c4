// What the provider keeps, in memory. Its own memory forgets the oldest of a thousand entries, which would look like a revoked grant;
// this one forgets nothing, so that the resource can tell an expired token from one that never was.

const entries = new Map();
const members = new Map(); // grant -> the keys of what was issued under it
const byUserCode = new Map();
const byUid = new Map();

const ofGrant = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode']);

export class Store {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model} ${id}`;
  }

  async upsert(id, payload) {
    const key = this.key(id);
    entries.set(key, payload);
    if (payload.userCode) byUserCode.set(payload.userCode, id);
    if (this.model === 'Session') byUid.set(payload.uid, id);
    if (ofGrant.has(this.model) && payload.grantId) {
      if (!members.has(payload.grantId)) members.set(payload.grantId, new Set());
      members.get(payload.grantId).add(key);
    }
  }

  async find(id) {
    return entries.get(this.key(id));
  }

  async findByUserCode(code) {
    return this.find(byUserCode.get(code));
  }

  async findByUid(uid) {
    return this.find(byUid.get(uid));
  }

  async consume(id) {
    entries.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    entries.delete(this.key(id));
  }

  async revokeByGrantId(grant) {
    for (const key of members.get(grant) ?? []) entries.delete(key);
    members.delete(grant);
  }
}
