// A certified OpenID provider (the package oidc-provider) on loopback, for `cargo xtask oidc`.
//
// Rotation of refresh tokens, detection of their reuse, expiry and revocation are the
// package's. Added here, through its documented `registerGrantType`, is the password
// grant, and one protected resource that asks the package whether a token is alive.
//
// Environment: PORT; ACCESS_SECONDS and REFRESH_SECONDS, the lifetimes; CLIENT_ID,
// CLIENT_SECRET, LOGIN_USERNAME, LOGIN_PASSWORD. Every token request is one JSON line on
// standard output: {"grant": "password", "status": 200}.
import Provider, { errors } from 'oidc-provider';

const env = process.env;
const port = Number(env.PORT);
const issuer = `http://127.0.0.1:${port}`;
const lifetime = { access: Number(env.ACCESS_SECONDS), refresh: Number(env.REFRESH_SECONDS) };

const provider = new Provider(issuer, {
  clients: [{
    client_id: env.CLIENT_ID,
    client_secret: env.CLIENT_SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['password', 'refresh_token', 'authorization_code'],
    redirect_uris: ['http://127.0.0.1/callback'],
  }],
  // No tolerance: a token of two seconds is dead in the third.
  clockTolerance: 0,
  features: { devInteractions: { enabled: false } },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  routes: { token: '/auth/realms/finfo/protocol/openid-connect/token', userinfo: '/userinfo' },
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  ttl: {
    AccessToken: () => lifetime.access,
    RefreshToken: () => lifetime.refresh,
    Grant: () => 14 * 24 * 3600,
    IdToken: () => lifetime.access,
  },
});

provider.registerGrantType('password', async (ctx) => {
  const { client, params } = ctx.oidc;
  if (params.username !== env.LOGIN_USERNAME || params.password !== env.LOGIN_PASSWORD) {
    throw new errors.InvalidGrant('Invalid user credentials');
  }
  const scope = 'openid offline_access profile email';
  const grant = new provider.Grant({ accountId: params.username, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const about = { accountId: params.username, client, grantId, gty: 'password', scope };
  const access = new provider.AccessToken(about);
  const refresh = new provider.RefreshToken(about);
  ctx.body = {
    access_token: await access.save(),
    expires_in: access.expiration,
    refresh_token: await refresh.save(),
    scope,
    token_type: 'Bearer',
  };
}, ['username', 'password', 'scope']);

provider.use(async (ctx, next) => {
  if (ctx.path === '/v1.0/suppliers/mysuppliers') {
    const [scheme, value] = (ctx.get('authorization') || '').split(' ');
    const token = scheme === 'Bearer' ? await provider.AccessToken.find(value) : undefined;
    // A revoked grant takes its access tokens with it.
    const alive = token && token.isValid && await provider.Grant.find(token.grantId);
    ctx.status = alive ? 200 : 401;
    ctx.body = alive ? [{ finfoSupplierId: '1000001' }] : { error: 'invalid_token' };
    return;
  }
  await next();
  if (ctx.oidc?.route === 'token') {
    if (ctx.body?.refresh_token) ctx.body.refresh_expires_in = lifetime.refresh;
    console.log(JSON.stringify({
      grant: ctx.oidc.params?.grant_type ?? null,
      status: ctx.status,
      error: ctx.body?.error,
    }));
  }
});

provider.listen(port, '127.0.0.1');
