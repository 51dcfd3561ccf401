//! Error codes of the sign-in service (Microsoft Entra).

use super::explanation::{Explanation, Kind, Retry};

pub(super) const CODES: &[Explanation] = &[
    sign_in(
        &["AADSTS7000215", "invalid_client"],
        "Sign-in: the client secret is wrong.",
        "Use the secret's value, not its ID, and check that it belongs to this client_id.",
    ),
    sign_in(
        &["AADSTS7000112"],
        "Sign-in: the application is disabled in the tenant.",
        "Have an administrator of the tenant enable the application under its enterprise applications.",
    ),
    sign_in(
        &["AADSTS7000222"],
        "Sign-in: the client secret has expired.",
        "Create a new secret or certificate for the application, and put it where the config expects it.",
    ),
    sign_in(
        &["AADSTS700016", "unauthorized_client"],
        "Sign-in: the application was not found in the tenant.",
        "Check client_id, tenant_id and --cloud, and that the application has consent in that tenant.",
    ),
    sign_in(
        &["AADSTS90002", "AADSTS900023"],
        "Sign-in: the tenant was not found.",
        "Check tenant_id and --cloud: a tenant of one cloud is unknown in the others.",
    ),
    sign_in(
        &["AADSTS700027"],
        "Sign-in: the certificate's signature was rejected.",
        "Upload this certificate to the application's registration, or use the one that is registered.",
    ),
    sign_in(
        &["AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213"],
        "Sign-in: no federated credential of the application matches the token.",
        "Compare the issuer, subject and audience of the federated token with the application's federated \
         credentials.",
    ),
    sign_in(
        &["AADSTS500011"],
        "Sign-in: the tenant does not know Graph under the requested name.",
        "Check --cloud: Graph has a different name in each cloud.",
    ),
];

const fn sign_in(codes: &'static [&'static str], meaning: &'static str, action: &'static str) -> Explanation {
    Explanation { codes, kind: Kind::SignIn, meaning, retry: Retry::AfterFix, action }
}
