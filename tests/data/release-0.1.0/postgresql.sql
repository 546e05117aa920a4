CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.answers (
    id character varying(36) NOT NULL,
    at character varying(27) NOT NULL,
    week character varying(10) NOT NULL,
    client character varying(128) NOT NULL,
    hook_instance character varying(64) NOT NULL,
    rules_version character varying(64) NOT NULL,
    on_day character varying(10) NOT NULL
);
CREATE TABLE public.audit (
    seq bigint NOT NULL,
    sealed_at character varying(27) NOT NULL,
    previous character varying(64) NOT NULL,
    content text NOT NULL,
    hash character varying(64) NOT NULL,
    record character varying(36) NOT NULL
);
CREATE TABLE public.audit_head (
    id integer NOT NULL,
    seq bigint NOT NULL,
    hash character varying(64) NOT NULL
);
CREATE TABLE public.cards (
    answer character varying(36) NOT NULL,
    uuid character varying(36) NOT NULL,
    indicator character varying(8) NOT NULL
);
CREATE TABLE public.chosen_suggestions (
    feedback character varying(64) NOT NULL,
    suggestion character varying(64) NOT NULL
);
CREATE TABLE public.feedback (
    id character varying(64) NOT NULL,
    client character varying(128) NOT NULL,
    card character varying(64) NOT NULL,
    outcome character varying(10) NOT NULL,
    reason character varying(64),
    comment text,
    told_at character varying(27) NOT NULL,
    received_at character varying(27) NOT NULL,
    effective_at character varying(27) NOT NULL
);
CREATE TABLE public.findings (
    answer character varying(36) NOT NULL,
    number integer NOT NULL,
    finding character varying(64) NOT NULL,
    indicator character varying(8) NOT NULL,
    facts text NOT NULL,
    card character varying(36)
);
CREATE TABLE public.key_sets (
    client character varying(128) NOT NULL,
    attempted double precision NOT NULL,
    fetched double precision NOT NULL,
    document bytea NOT NULL
);
CREATE TABLE public.suggestions (
    answer character varying(36) NOT NULL,
    uuid character varying(36) NOT NULL,
    card character varying(36) NOT NULL
);
CREATE TABLE public.used_tokens (
    client character varying(128) NOT NULL,
    jti character varying(64) NOT NULL,
    until double precision NOT NULL
);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.answers VALUES ('3adea01b-95c9-4014-aea5-0b54da6e35e7', '2026-11-03T08:15:30.000000Z', '2026-11-02', 'hospital-a', '66ca719ac33963e7a45ec434b71feacb15385d53f1b4c45ebe4bd039bb68a9cc', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('d32c2fbf-35fb-4166-8afc-30d62bf9ff54', '2026-11-04T08:15:30.000000Z', '2026-11-02', 'hospital-a', 'fc53ae53cde5629d7926f4c9c1903ba0df757dc94f6928639a8a32709462351e', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('8f847509-3593-4947-a8de-9dc04a67f531', '2026-11-05T08:15:30.000000Z', '2026-11-02', 'hospital-a', '2a74761679ec3ca11b45ba4b078cf1c34e91260ece03799e79687882f5be9156', '0.1.0+0a9bd751', '2017-03-16');
INSERT INTO public.answers VALUES ('fbf985b0-8909-4366-9893-b9d1ba7a18f9', '2026-11-06T08:15:30.000000Z', '2026-11-02', 'hospital-a', 'b277cdd3a7f16e7a2c484b2ee554e1cd0b51b82884fd5b2e7c7378adcd84c6a7', '0.1.0+0a9bd751', '2021-03-04');
INSERT INTO public.answers VALUES ('85bbf9f7-b768-4a4d-b733-779d4a0f3a4b', '2026-11-07T08:15:30.000000Z', '2026-11-02', 'hospital-a', 'e6b3a0416b74aa13e7213c512c0b72ecde69d88afb27c8095dc200f303f53f38', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('b626d3fa-b844-4730-9dfe-c8647dacd140', '2026-11-08T08:15:30.000000Z', '2026-11-02', 'hospital-a', '6ef1b4146f94f1cd82606e6d3a4bee771a304c76be630d4fde023f411fb7c335', '0.1.0+0a9bd751', '2015-06-01');
INSERT INTO public.answers VALUES ('0eeda7eb-7053-40f6-8011-f3e175cc22e0', '2026-11-09T08:15:30.000000Z', '2026-11-09', 'hospital-a', 'eaa4a56ca3177cb4ec450c9543af0b16131277e5ff5e81a059d14927f27e038e', '0.1.0+0a9bd751', '2021-03-15');
INSERT INTO public.answers VALUES ('abcd68fb-826b-4f46-9bc8-3fc69968143a', '2026-11-10T08:15:30.000000Z', '2026-11-09', 'hospital-a', '93665af26bfd978f887aa45e86aa2f621e1aad3c6bae9a0b8ec0c16d55c7ae3b', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', '2026-11-11T08:15:30.000000Z', '2026-11-09', 'hospital-a', 'daf8a35db808ccd702d9a48ab142e475ae361a49fd1607f9eb428581cdf007a6', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('59ac7085-5276-4aeb-ac13-06ea94331692', '2026-11-12T08:15:30.000000Z', '2026-11-09', 'hospital-a', 'd402afda0b53e423217e97c4036f6cd61f7bc2bdd98826023eb762983011f589', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('c7cb3784-8532-4df6-879e-466d596b56cd', '2026-11-13T08:15:30.000000Z', '2026-11-09', 'hospital-a', '68e9dad34277d444dfd2142fa599fb71199d5c8283fc651e4397df2804b24e4b', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('5b80939a-b69c-4320-b4da-98983bc2a7e6', '2026-11-14T08:15:30.000000Z', '2026-11-09', 'hospital-a', '7d0311f5de9bcf13eb2054e6fe383f5110c3e83a29a16951e36f85885adce90f', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('6ea48a66-48e6-40a9-8c47-362fb81bf420', '2026-11-15T08:15:30.000000Z', '2026-11-09', 'hospital-a', 'baa2c2e654b209f3fd60c5a2399f17eefabc5e5d5aba050e9785c076a6308d3f', '0.1.0+0a9bd751', '2022-05-10');
INSERT INTO public.answers VALUES ('170a1392-e9ca-4c30-b396-027f5d1c58cd', '2026-11-16T08:15:30.000000Z', '2026-11-16', 'hospital-a', '30cbf3c0d20beee53ac9e41d44fa170e60ff2327bf0f59c7d5b3bde8a10a7400', '0.1.0+0a9bd751', '2026-10-05');
INSERT INTO public.audit VALUES (1, '2026-11-03T08:15:30.000000Z', '0000000000000000000000000000000000000000000000000000000000000000', '{"at":"2026-11-03T08:15:30.000000Z","cards":[{"indicator":"info","suggestions":[],"uuid":"5a6d9330-8c02-5b53-8551-6a04e84faf46"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"5a6d9330-8c02-5b53-8551-6a04e84faf46","case":"no-number","facts":{},"finding":"initial-dose-too-high","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"}],"hook_instance":"66ca719ac33963e7a45ec434b71feacb15385d53f1b4c45ebe4bd039bb68a9cc","id":"3adea01b-95c9-4014-aea5-0b54da6e35e7","input":"cf55c1898dd1c8c4bcad27131fe9c6172218191fad4a9c8c5d95c2a226fcba3e","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"mg_per_day":30,"product":"baclocur-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '2a8f9b160a58913ec68222380b6c0b7799e3e56696a1f221366e7194258d9184', '3adea01b-95c9-4014-aea5-0b54da6e35e7');
INSERT INTO public.audit VALUES (2, '2026-11-03T08:15:30.000000Z', '2a8f9b160a58913ec68222380b6c0b7799e3e56696a1f221366e7194258d9184', '{"at":"2026-11-04T08:15:30.000000Z","cards":[{"indicator":"info","suggestions":[],"uuid":"665cec80-f468-5c7d-9003-c78c0adf2783"},{"indicator":"info","suggestions":[],"uuid":"5f972d8b-2f1a-5674-b3d5-b3239b61e02b"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"none-on-record","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"665cec80-f468-5c7d-9003-c78c0adf2783","case":"no-number","facts":{},"finding":"initial-dose-too-high","if":[],"indicator":"info"},{"card":"5f972d8b-2f1a-5674-b3d5-b3239b61e02b","case":"found","facts":{"facts":["consumption_g_per_day"],"reasons":["none-on-record"],"rules":["consumption-below-threshold"]},"finding":"check-incomplete","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"}],"hook_instance":"fc53ae53cde5629d7926f4c9c1903ba0df757dc94f6928639a8a32709462351e","id":"d32c2fbf-35fb-4166-8afc-30d62bf9ff54","input":"6e9c264ef8b6fccba7da3484d1378eca0d52f2f4b8d801df27011d0422c200b8","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"mg_per_day":30,"product":"baclocur-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '68c3890f30a96d2005b4e082155f5f646203fb8e970d6d5889e1bb01715ccaa2', 'd32c2fbf-35fb-4166-8afc-30d62bf9ff54');
INSERT INTO public.audit VALUES (3, '2026-11-03T08:15:30.000000Z', '68c3890f30a96d2005b4e082155f5f646203fb8e970d6d5889e1bb01715ccaa2', '{"at":"2026-11-05T08:15:30.000000Z","cards":[{"indicator":"info","suggestions":[],"uuid":"1ffd958b-6ff0-595d-8eba-2ff43b1f2924"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"none","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"1ffd958b-6ff0-595d-8eba-2ff43b1f2924","case":"under-rtu","facts":{},"finding":"prior-treatment-not-documented","if":[],"indicator":"info"}],"hook_instance":"2a74761679ec3ca11b45ba4b078cf1c34e91260ece03799e79687882f5be9156","id":"8f847509-3593-4947-a8de-9dc04a67f531","input":"5131fdea62463ba9f8057f0fcce4867efffbf9f063174ab305173d3bb3efa054","kind":"decision","language":"fr","not_read":[],"on":"2017-03-16","orders":[{"mg_per_day":30,"product":"lioresal-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '8789a15ed3948bf0506c20af78eb54794634b0afb72a3e4db2116a4f30b16cb1', '8f847509-3593-4947-a8de-9dc04a67f531');
INSERT INTO public.audit VALUES (4, '2026-11-03T08:15:30.000000Z', '8789a15ed3948bf0506c20af78eb54794634b0afb72a3e4db2116a4f30b16cb1', '{"at":"2026-11-06T08:15:30.000000Z","cards":[{"indicator":"warning","suggestions":["4a9521e4-44cf-5d15-8409-f004f9d3fb06","17a15ab8-002c-5c2c-85b7-e1f8dbed9a06"],"uuid":"62c1eac6-0b24-5707-a8ab-5ca79e7b28c3"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"known"},"findings":[{"card":"62c1eac6-0b24-5707-a8ab-5ca79e7b28c3","case":"above","facts":{"limit_mg_per_day":80,"mg_per_day":90},"finding":"specialist-care","if":[],"indicator":"warning"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"},{"card":null,"case":"found","facts":{},"finding":"no-abrupt-stop","if":[],"indicator":"info"}],"hook_instance":"b277cdd3a7f16e7a2c484b2ee554e1cd0b51b82884fd5b2e7c7378adcd84c6a7","id":"fbf985b0-8909-4366-9893-b9d1ba7a18f9","input":"9d50ea5b30dace3f9b3c44b5acd905f17a67a923052d3c80b186922171e8a14c","kind":"decision","language":"fr","not_read":[],"on":"2021-03-04","orders":[{"mg_per_day":90,"product":"baclofene-zentiva-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '887a90e5c07a1fa78822ec2da976d6278563e344e3b72c7c40be931099d5dc84', 'fbf985b0-8909-4366-9893-b9d1ba7a18f9');
INSERT INTO public.audit VALUES (5, '2026-11-03T08:15:30.000000Z', '887a90e5c07a1fa78822ec2da976d6278563e344e3b72c7c40be931099d5dc84', '{"at":"2026-11-07T08:15:30.000000Z","cards":[{"indicator":"warning","suggestions":[],"uuid":"18f7f5f3-0dd0-5833-aea2-442dfd3b02c9"},{"indicator":"info","suggestions":[],"uuid":"346e9279-eff9-501c-818d-d39ff3096bf6"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"18f7f5f3-0dd0-5833-aea2-442dfd3b02c9","case":"found","facts":{"element":"dosageInstruction","reason":"dosage-missing"},"finding":"dose-not-computable","if":[],"indicator":"warning"},{"card":"346e9279-eff9-501c-818d-d39ff3096bf6","case":"no-number","facts":{},"finding":"initial-dose-too-high","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"}],"hook_instance":"e6b3a0416b74aa13e7213c512c0b72ecde69d88afb27c8095dc200f303f53f38","id":"85bbf9f7-b768-4a4d-b733-779d4a0f3a4b","input":"800e08c0f8154923a9d36ea3817f761dcf0b8a29c5f2ec3a2b834070ad1fafc8","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"not_computable":"dosage-missing","product":"baclocur-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '27d2c417c1d52ef7953ee9191d5cc0554ddde9c19805ff8c9b9ae318304c9916', '85bbf9f7-b768-4a4d-b733-779d4a0f3a4b');
INSERT INTO public.audit VALUES (6, '2026-11-03T08:15:30.000000Z', '27d2c417c1d52ef7953ee9191d5cc0554ddde9c19805ff8c9b9ae318304c9916', '{"at":"2026-11-08T08:15:30.000000Z","cards":[{"indicator":"critical","suggestions":[],"uuid":"2f277048-85e6-50a4-a7ce-845bcdda46b3"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"2f277048-85e6-50a4-a7ce-845bcdda46b3","case":"first-prescription","facts":{"limit_mg_per_day":300,"mg_per_day":"300.01"},"finding":"daily-dose-above-maximum","if":[],"indicator":"critical"}],"hook_instance":"6ef1b4146f94f1cd82606e6d3a4bee771a304c76be630d4fde023f411fb7c335","id":"b626d3fa-b844-4730-9dfe-c8647dacd140","input":"44d5871274af399391d142ab481bc2107c418640f220a0176857bedb513d3d9d","kind":"decision","language":"fr","not_read":[],"on":"2015-06-01","orders":[{"mg_per_day":"300.01","product":"lioresal-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', 'b619e00160aa230c386b8f584f7ef2e8b9003130145962339b2e348f3dd79d82', 'b626d3fa-b844-4730-9dfe-c8647dacd140');
INSERT INTO public.audit VALUES (7, '2026-11-03T08:15:30.000000Z', 'b619e00160aa230c386b8f584f7ef2e8b9003130145962339b2e348f3dd79d82', '{"at":"2026-11-09T08:15:30.000000Z","cards":[{"indicator":"warning","suggestions":["5b9a6428-b23f-5b1f-94b0-9d182af86475"],"uuid":"3a9b644e-edbb-5eec-b89c-2528ed6c19b5"},{"indicator":"info","suggestions":[],"uuid":"f7dcb833-50cb-5b30-8bb2-a0c401ed90af"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"3a9b644e-edbb-5eec-b89c-2528ed6c19b5","case":"not-authorised","facts":{"product":"Liorésal 10 mg"},"finding":"product-not-authorised","if":[],"indicator":"warning"},{"card":"f7dcb833-50cb-5b30-8bb2-a0c401ed90af","case":"no-number","facts":{},"finding":"initial-dose-too-high","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"}],"hook_instance":"eaa4a56ca3177cb4ec450c9543af0b16131277e5ff5e81a059d14927f27e038e","id":"0eeda7eb-7053-40f6-8011-f3e175cc22e0","input":"2d305298f7378e636fb942a008c6bfd3eee8d616a213235008fbf665f3be24b7","kind":"decision","language":"fr","not_read":[],"on":"2021-03-15","orders":[{"mg_per_day":30,"product":"lioresal-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '6040636a6e673e85e9f105b011965acc923a4b0b9d64f2bb5bdf56629656f0fa', '0eeda7eb-7053-40f6-8011-f3e175cc22e0');
INSERT INTO public.audit VALUES (8, '2026-11-10T08:15:30.000000Z', '6040636a6e673e85e9f105b011965acc923a4b0b9d64f2bb5bdf56629656f0fa', '{"at":"2026-11-10T08:15:30.000000Z","cards":[{"indicator":"warning","suggestions":[],"uuid":"50e461d3-ca65-5fad-8189-f5f9ee81003b"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"50e461d3-ca65-5fad-8189-f5f9ee81003b","case":"found","facts":{"reason":"entry-unreadable"},"finding":"check-not-done","if":[],"indicator":"warning"}],"hook_instance":"93665af26bfd978f887aa45e86aa2f621e1aad3c6bae9a0b8ec0c16d55c7ae3b","id":"abcd68fb-826b-4f46-9bc8-3fc69968143a","input":"447b982d0881b351e949343ed6f7aeb8bcee27a40de30652fd169282f6afb916","kind":"decision","language":"fr","not_read":["entry-unreadable"],"on":"2022-05-10","orders":[],"rules_version":"0.1.0+0a9bd751"}', '142c04d0e2b8ba89397fc9f044dca5dbf7b33e485c42bf86a112e4f17447753d', 'abcd68fb-826b-4f46-9bc8-3fc69968143a');
INSERT INTO public.audit VALUES (9, '2026-11-10T08:15:30.000000Z', '142c04d0e2b8ba89397fc9f044dca5dbf7b33e485c42bf86a112e4f17447753d', '{"at":"2026-11-11T08:15:30.000000Z","cards":[{"indicator":"warning","suggestions":["74476d09-8878-5ba2-9133-58c79537d0fb","c3d0a32d-75cf-5b92-b45e-e1a857bc1079","638abc1e-dce7-5c81-974a-fc87c8fa4d00"],"uuid":"89a59dee-76bd-5d29-895c-fb00cfd6aa1e"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"known"},"findings":[{"card":"89a59dee-76bd-5d29-895c-fb00cfd6aa1e","case":"above","facts":{"limit_mg_per_day":80,"mg_per_day":120},"finding":"specialist-care","if":[],"indicator":"warning"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"},{"card":null,"case":"found","facts":{},"finding":"no-abrupt-stop","if":[],"indicator":"info"}],"hook_instance":"daf8a35db808ccd702d9a48ab142e475ae361a49fd1607f9eb428581cdf007a6","id":"d1fcf196-ac7b-4bfb-b89d-0e99cce39c14","input":"d73dc756049d7f0ad8bb5b9db2f8a3d6b0c00f1aa9865e6e0dfd9d18611ff5a8","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"mg_per_day":120,"product":"baclocur-40","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', 'a130c60bf33da7af8992d5401ccffcbb2120e060cdd359c2573fa539f4a4b61e', 'd1fcf196-ac7b-4bfb-b89d-0e99cce39c14');
INSERT INTO public.audit VALUES (10, '2026-11-10T08:15:30.000000Z', 'a130c60bf33da7af8992d5401ccffcbb2120e060cdd359c2573fa539f4a4b61e', '{"at":"2026-11-12T08:15:30.000000Z","cards":[{"indicator":"info","suggestions":[],"uuid":"3ed77803-911d-5d2a-a5d6-ec335f219f20"},{"indicator":"info","suggestions":[],"uuid":"c3129e82-a9df-5bad-96a5-c6b1c79dee9e"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"known","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"known"},"findings":[{"card":"3ed77803-911d-5d2a-a5d6-ec335f219f20","case":"found","facts":{"before_mg_per_day":40,"last_mg_per_day":30,"step_mg":15},"finding":"taper-in-progress","if":[],"indicator":"info"},{"card":"c3129e82-a9df-5bad-96a5-c6b1c79dee9e","case":"disorder-renewal","facts":{},"finding":"psychiatric-history","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"},{"card":null,"case":"found","facts":{},"finding":"no-abrupt-stop","if":[],"indicator":"info"}],"hook_instance":"d402afda0b53e423217e97c4036f6cd61f7bc2bdd98826023eb762983011f589","id":"59ac7085-5276-4aeb-ac13-06ea94331692","input":"160b9e8c558fd14c6df12192e05d4452a0d5b518401efe01e0a7645b4b6dd10f","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"mg_per_day":30,"product":"baclocur-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '223de23d38f7b7307d4ca1835f80d6accefd134f7055a66518554714ab60d1fb', '59ac7085-5276-4aeb-ac13-06ea94331692');
INSERT INTO public.audit VALUES (11, '2026-11-10T08:15:30.000000Z', '223de23d38f7b7307d4ca1835f80d6accefd134f7055a66518554714ab60d1fb', '{"at":"2026-11-13T08:15:30.000000Z","cards":[{"indicator":"warning","suggestions":[],"uuid":"67809014-66dc-5ae6-b79c-c97b2cda8a1e"},{"indicator":"info","suggestions":[],"uuid":"b9d0d8f4-4ef0-5acb-999c-111f05c7c823"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"known","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"67809014-66dc-5ae6-b79c-c97b2cda8a1e","case":"disorder","facts":{},"finding":"psychiatric-history","if":[],"indicator":"warning"},{"card":"b9d0d8f4-4ef0-5acb-999c-111f05c7c823","case":"no-number","facts":{},"finding":"initial-dose-too-high","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"}],"hook_instance":"68e9dad34277d444dfd2142fa599fb71199d5c8283fc651e4397df2804b24e4b","id":"c7cb3784-8532-4df6-879e-466d596b56cd","input":"71e38cbcb03f82e31dfacbf0c0426a553979a04e6747c847529f7d781dff329d","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"mg_per_day":30,"product":"baclocur-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', 'ed25c5e7821570fa0b15c7311881ceb2537c82cf66c13a60330ebb51784df3ae', 'c7cb3784-8532-4df6-879e-466d596b56cd');
INSERT INTO public.audit VALUES (12, '2026-11-10T08:15:30.000000Z', 'ed25c5e7821570fa0b15c7311881ceb2537c82cf66c13a60330ebb51784df3ae', '{"at":"2026-11-14T08:15:30.000000Z","cards":[{"indicator":"warning","suggestions":[],"uuid":"bb0a61b4-4ecb-5043-bb4f-9bf353799d68"},{"indicator":"info","suggestions":[],"uuid":"f06bbb1b-3da9-51e2-89b7-4e47ab39875b"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"bb0a61b4-4ecb-5043-bb4f-9bf353799d68","case":"found","facts":{"reason":"product-by-text"},"finding":"check-not-done","if":[],"indicator":"warning"},{"card":"f06bbb1b-3da9-51e2-89b7-4e47ab39875b","case":"no-number","facts":{},"finding":"initial-dose-too-high","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"}],"hook_instance":"7d0311f5de9bcf13eb2054e6fe383f5110c3e83a29a16951e36f85885adce90f","id":"5b80939a-b69c-4320-b4da-98983bc2a7e6","input":"4ee6dfe22ea6415b8c6879dabac03cb1ee07c190304f968a7d5c5387d40620ac","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"mg_per_day":60,"product":null,"scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '2c31267380ff98403fbf590c6627d69f46286974858636fab43de2111dfd0b76', '5b80939a-b69c-4320-b4da-98983bc2a7e6');
INSERT INTO public.audit VALUES (13, '2026-11-10T08:15:30.000000Z', '2c31267380ff98403fbf590c6627d69f46286974858636fab43de2111dfd0b76', '{"at":"2026-11-15T08:15:30.000000Z","cards":[{"indicator":"info","suggestions":[],"uuid":"0d28095d-4dab-52b4-8659-62360e7f451a"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"none"},"findings":[{"card":"0d28095d-4dab-52b4-8659-62360e7f451a","case":"no-number","facts":{},"finding":"initial-dose-too-high","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"}],"hook_instance":"baa2c2e654b209f3fd60c5a2399f17eefabc5e5d5aba050e9785c076a6308d3f","id":"6ea48a66-48e6-40a9-8c47-362fb81bf420","input":"1ed99e81f347db7e4fbf1dea052ec1405c6c3f0f6e868a9b195a8c32d56be5e3","kind":"decision","language":"fr","not_read":[],"on":"2022-05-10","orders":[{"mg_per_day":30,"product":"baclocur-10","scope":"certain"}],"rules_version":"0.1.0+0a9bd751"}', '0ce8826484b70f29c4e066688fc53f12e673c730dcfcc85c9afddbb17dd2e6e9', '6ea48a66-48e6-40a9-8c47-362fb81bf420');
INSERT INTO public.audit VALUES (14, '2026-11-10T08:15:30.000000Z', '0ce8826484b70f29c4e066688fc53f12e673c730dcfcc85c9afddbb17dd2e6e9', '{"at":"2026-11-16T08:15:30.000000Z","cards":[{"indicator":"critical","suggestions":[],"uuid":"bc58e7a2-01c0-570f-a7f3-121e1018118f"},{"indicator":"info","suggestions":[],"uuid":"210704d5-3839-53c3-aaf2-286e9f1f5472"}],"client":"hospital-a","facts":{"abstinence_goal":"none","age_years":"known","alcohol_dependence":"known","consumption_g_per_day":"known","febrile_convulsions":"none","goal_not_met":"none","prior_medicine":"known","psychiatric":"none","referral":"none","seizures":"none","sex":"known","spasticity":"none","suicidality":"none","taken_now":"known"},"findings":[{"card":"bc58e7a2-01c0-570f-a7f3-121e1018118f","case":"from-high-dose","facts":{"before_mg_per_day":90},"finding":"abrupt-stop","if":[],"indicator":"critical"},{"card":"210704d5-3839-53c3-aaf2-286e9f1f5472","case":"found","facts":{"before_mg_per_day":90},"finding":"close-follow-up","if":[],"indicator":"info"},{"card":null,"case":"crpv","facts":{},"finding":"adverse-effect-report","if":[],"indicator":"info"},{"card":null,"case":"found","facts":{},"finding":"no-abrupt-stop","if":[],"indicator":"info"}],"hook_instance":"30cbf3c0d20beee53ac9e41d44fa170e60ff2327bf0f59c7d5b3bde8a10a7400","id":"170a1392-e9ca-4c30-b396-027f5d1c58cd","input":"858d6dc59926dc68a36348ba57103f6afd27aa60997c116b873874f2ba6751a1","kind":"decision","language":"fr","not_read":[],"on":"2026-10-05","orders":[{"product":"baclocur-20","scope":"certain","stops":true}],"rules_version":"0.1.0+0a9bd751"}', '844f38f51f7f6a5aad1c211255ad70ed9ae449f9e59386e6a02267be3545bf79', '170a1392-e9ca-4c30-b396-027f5d1c58cd');
INSERT INTO public.audit_head VALUES (1, 14, '844f38f51f7f6a5aad1c211255ad70ed9ae449f9e59386e6a02267be3545bf79');
INSERT INTO public.cards VALUES ('3adea01b-95c9-4014-aea5-0b54da6e35e7', '5a6d9330-8c02-5b53-8551-6a04e84faf46', 'info');
INSERT INTO public.cards VALUES ('d32c2fbf-35fb-4166-8afc-30d62bf9ff54', '665cec80-f468-5c7d-9003-c78c0adf2783', 'info');
INSERT INTO public.cards VALUES ('d32c2fbf-35fb-4166-8afc-30d62bf9ff54', '5f972d8b-2f1a-5674-b3d5-b3239b61e02b', 'info');
INSERT INTO public.cards VALUES ('8f847509-3593-4947-a8de-9dc04a67f531', '1ffd958b-6ff0-595d-8eba-2ff43b1f2924', 'info');
INSERT INTO public.cards VALUES ('fbf985b0-8909-4366-9893-b9d1ba7a18f9', '62c1eac6-0b24-5707-a8ab-5ca79e7b28c3', 'warning');
INSERT INTO public.cards VALUES ('85bbf9f7-b768-4a4d-b733-779d4a0f3a4b', '18f7f5f3-0dd0-5833-aea2-442dfd3b02c9', 'warning');
INSERT INTO public.cards VALUES ('85bbf9f7-b768-4a4d-b733-779d4a0f3a4b', '346e9279-eff9-501c-818d-d39ff3096bf6', 'info');
INSERT INTO public.cards VALUES ('b626d3fa-b844-4730-9dfe-c8647dacd140', '2f277048-85e6-50a4-a7ce-845bcdda46b3', 'critical');
INSERT INTO public.cards VALUES ('0eeda7eb-7053-40f6-8011-f3e175cc22e0', '3a9b644e-edbb-5eec-b89c-2528ed6c19b5', 'warning');
INSERT INTO public.cards VALUES ('0eeda7eb-7053-40f6-8011-f3e175cc22e0', 'f7dcb833-50cb-5b30-8bb2-a0c401ed90af', 'info');
INSERT INTO public.cards VALUES ('abcd68fb-826b-4f46-9bc8-3fc69968143a', '50e461d3-ca65-5fad-8189-f5f9ee81003b', 'warning');
INSERT INTO public.cards VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', '89a59dee-76bd-5d29-895c-fb00cfd6aa1e', 'warning');
INSERT INTO public.cards VALUES ('59ac7085-5276-4aeb-ac13-06ea94331692', '3ed77803-911d-5d2a-a5d6-ec335f219f20', 'info');
INSERT INTO public.cards VALUES ('59ac7085-5276-4aeb-ac13-06ea94331692', 'c3129e82-a9df-5bad-96a5-c6b1c79dee9e', 'info');
INSERT INTO public.cards VALUES ('c7cb3784-8532-4df6-879e-466d596b56cd', '67809014-66dc-5ae6-b79c-c97b2cda8a1e', 'warning');
INSERT INTO public.cards VALUES ('c7cb3784-8532-4df6-879e-466d596b56cd', 'b9d0d8f4-4ef0-5acb-999c-111f05c7c823', 'info');
INSERT INTO public.cards VALUES ('5b80939a-b69c-4320-b4da-98983bc2a7e6', 'bb0a61b4-4ecb-5043-bb4f-9bf353799d68', 'warning');
INSERT INTO public.cards VALUES ('5b80939a-b69c-4320-b4da-98983bc2a7e6', 'f06bbb1b-3da9-51e2-89b7-4e47ab39875b', 'info');
INSERT INTO public.cards VALUES ('6ea48a66-48e6-40a9-8c47-362fb81bf420', '0d28095d-4dab-52b4-8659-62360e7f451a', 'info');
INSERT INTO public.cards VALUES ('170a1392-e9ca-4c30-b396-027f5d1c58cd', 'bc58e7a2-01c0-570f-a7f3-121e1018118f', 'critical');
INSERT INTO public.cards VALUES ('170a1392-e9ca-4c30-b396-027f5d1c58cd', '210704d5-3839-53c3-aaf2-286e9f1f5472', 'info');
INSERT INTO public.chosen_suggestions VALUES ('c5f66bc99a88e232cc294a2e23ab10c9a6010f4e6577aead38734c1e91ea49a9', '5a6d9330-8c02-5b53-8551-6a04e84faf46');
INSERT INTO public.chosen_suggestions VALUES ('39c83fa370a1b7d6acd4e6cd4271c4d78d26570e360455c62a90ec6a7ea7e9da', '89a59dee-76bd-5d29-895c-fb00cfd6aa1e');
INSERT INTO public.feedback VALUES ('c5f66bc99a88e232cc294a2e23ab10c9a6010f4e6577aead38734c1e91ea49a9', 'hospital-a', '5a6d9330-8c02-5b53-8551-6a04e84faf46', 'accepted', NULL, NULL, '2026-11-03T08:17:30.000000Z', '2026-11-03T08:18:30.000000Z', '2026-11-03T08:17:30.000000Z');
INSERT INTO public.feedback VALUES ('2596c1c5c21e98aece681c155dc59451d4d7c733c9de9298982e8fd827c32a66', 'hospital-a', '1ffd958b-6ff0-595d-8eba-2ff43b1f2924', 'overridden', 'risk-benefit-ratio', NULL, '2026-11-05T08:17:30.000000Z', '2026-11-05T08:18:30.000000Z', '2026-11-05T08:17:30.000000Z');
INSERT INTO public.feedback VALUES ('15e38a76cb9d808c560a40cdfefa9ed7cde0a63544e302eb9cc632a050ce028f', 'hospital-a', '18f7f5f3-0dd0-5833-aea2-442dfd3b02c9', 'overridden', 'unlisted', NULL, '2026-11-07T08:17:30.000000Z', '2026-11-07T08:18:30.000000Z', '2026-11-07T08:17:30.000000Z');
INSERT INTO public.feedback VALUES ('bed212514efb994e9073b5b82d65fa0e029101946efe7a3a275faa6e5f350dbe', 'hospital-a', '3a9b644e-edbb-5eec-b89c-2528ed6c19b5', 'overridden', NULL, NULL, '2026-11-09T08:17:30.000000Z', '2026-11-09T08:18:30.000000Z', '2026-11-09T08:17:30.000000Z');
INSERT INTO public.feedback VALUES ('39c83fa370a1b7d6acd4e6cd4271c4d78d26570e360455c62a90ec6a7ea7e9da', 'hospital-a', '89a59dee-76bd-5d29-895c-fb00cfd6aa1e', 'accepted', NULL, NULL, '2026-11-11T08:17:30.000000Z', '2026-11-11T08:18:30.000000Z', '2026-11-11T08:17:30.000000Z');
INSERT INTO public.feedback VALUES ('ab609ecead4bcf65e90ef0505ab7b54f1a4a7e36ab4e3ea707ae6d8f6f6ebfcc', 'hospital-a', '67809014-66dc-5ae6-b79c-c97b2cda8a1e', 'overridden', 'risk-benefit-ratio', NULL, '2026-11-13T08:17:30.000000Z', '2026-11-13T08:18:30.000000Z', '2026-11-13T08:17:30.000000Z');
INSERT INTO public.feedback VALUES ('ca308acf8fe80f9e4c04457a9669e80aca5da3e15e2e5eb303a85ba95d82f8ba', 'hospital-a', '0d28095d-4dab-52b4-8659-62360e7f451a', 'overridden', 'unlisted', NULL, '2026-11-15T08:17:30.000000Z', '2026-11-15T08:18:30.000000Z', '2026-11-15T08:17:30.000000Z');
INSERT INTO public.findings VALUES ('3adea01b-95c9-4014-aea5-0b54da6e35e7', 0, 'initial-dose-too-high', 'info', '{}', '5a6d9330-8c02-5b53-8551-6a04e84faf46');
INSERT INTO public.findings VALUES ('3adea01b-95c9-4014-aea5-0b54da6e35e7', 1, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('d32c2fbf-35fb-4166-8afc-30d62bf9ff54', 0, 'initial-dose-too-high', 'info', '{}', '665cec80-f468-5c7d-9003-c78c0adf2783');
INSERT INTO public.findings VALUES ('d32c2fbf-35fb-4166-8afc-30d62bf9ff54', 1, 'check-incomplete', 'info', '{"facts":["consumption_g_per_day"],"reasons":["none-on-record"],"rules":["consumption-below-threshold"]}', '5f972d8b-2f1a-5674-b3d5-b3239b61e02b');
INSERT INTO public.findings VALUES ('d32c2fbf-35fb-4166-8afc-30d62bf9ff54', 2, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('8f847509-3593-4947-a8de-9dc04a67f531', 0, 'prior-treatment-not-documented', 'info', '{}', '1ffd958b-6ff0-595d-8eba-2ff43b1f2924');
INSERT INTO public.findings VALUES ('fbf985b0-8909-4366-9893-b9d1ba7a18f9', 0, 'specialist-care', 'warning', '{"limit_mg_per_day":80,"mg_per_day":90}', '62c1eac6-0b24-5707-a8ab-5ca79e7b28c3');
INSERT INTO public.findings VALUES ('fbf985b0-8909-4366-9893-b9d1ba7a18f9', 1, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('fbf985b0-8909-4366-9893-b9d1ba7a18f9', 2, 'no-abrupt-stop', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('85bbf9f7-b768-4a4d-b733-779d4a0f3a4b', 0, 'dose-not-computable', 'warning', '{"element":"dosageInstruction","reason":"dosage-missing"}', '18f7f5f3-0dd0-5833-aea2-442dfd3b02c9');
INSERT INTO public.findings VALUES ('85bbf9f7-b768-4a4d-b733-779d4a0f3a4b', 1, 'initial-dose-too-high', 'info', '{}', '346e9279-eff9-501c-818d-d39ff3096bf6');
INSERT INTO public.findings VALUES ('85bbf9f7-b768-4a4d-b733-779d4a0f3a4b', 2, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('b626d3fa-b844-4730-9dfe-c8647dacd140', 0, 'daily-dose-above-maximum', 'critical', '{"limit_mg_per_day":300,"mg_per_day":"300.01"}', '2f277048-85e6-50a4-a7ce-845bcdda46b3');
INSERT INTO public.findings VALUES ('0eeda7eb-7053-40f6-8011-f3e175cc22e0', 0, 'product-not-authorised', 'warning', '{"product":"Liorésal 10 mg"}', '3a9b644e-edbb-5eec-b89c-2528ed6c19b5');
INSERT INTO public.findings VALUES ('0eeda7eb-7053-40f6-8011-f3e175cc22e0', 1, 'initial-dose-too-high', 'info', '{}', 'f7dcb833-50cb-5b30-8bb2-a0c401ed90af');
INSERT INTO public.findings VALUES ('0eeda7eb-7053-40f6-8011-f3e175cc22e0', 2, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('abcd68fb-826b-4f46-9bc8-3fc69968143a', 0, 'check-not-done', 'warning', '{"reason":"entry-unreadable"}', '50e461d3-ca65-5fad-8189-f5f9ee81003b');
INSERT INTO public.findings VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', 0, 'specialist-care', 'warning', '{"limit_mg_per_day":80,"mg_per_day":120}', '89a59dee-76bd-5d29-895c-fb00cfd6aa1e');
INSERT INTO public.findings VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', 1, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', 2, 'no-abrupt-stop', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('59ac7085-5276-4aeb-ac13-06ea94331692', 0, 'taper-in-progress', 'info', '{"before_mg_per_day":40,"last_mg_per_day":30,"step_mg":15}', '3ed77803-911d-5d2a-a5d6-ec335f219f20');
INSERT INTO public.findings VALUES ('59ac7085-5276-4aeb-ac13-06ea94331692', 1, 'psychiatric-history', 'info', '{}', 'c3129e82-a9df-5bad-96a5-c6b1c79dee9e');
INSERT INTO public.findings VALUES ('59ac7085-5276-4aeb-ac13-06ea94331692', 2, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('59ac7085-5276-4aeb-ac13-06ea94331692', 3, 'no-abrupt-stop', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('c7cb3784-8532-4df6-879e-466d596b56cd', 0, 'psychiatric-history', 'warning', '{}', '67809014-66dc-5ae6-b79c-c97b2cda8a1e');
INSERT INTO public.findings VALUES ('c7cb3784-8532-4df6-879e-466d596b56cd', 1, 'initial-dose-too-high', 'info', '{}', 'b9d0d8f4-4ef0-5acb-999c-111f05c7c823');
INSERT INTO public.findings VALUES ('c7cb3784-8532-4df6-879e-466d596b56cd', 2, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('5b80939a-b69c-4320-b4da-98983bc2a7e6', 0, 'check-not-done', 'warning', '{"reason":"product-by-text"}', 'bb0a61b4-4ecb-5043-bb4f-9bf353799d68');
INSERT INTO public.findings VALUES ('5b80939a-b69c-4320-b4da-98983bc2a7e6', 1, 'initial-dose-too-high', 'info', '{}', 'f06bbb1b-3da9-51e2-89b7-4e47ab39875b');
INSERT INTO public.findings VALUES ('5b80939a-b69c-4320-b4da-98983bc2a7e6', 2, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('6ea48a66-48e6-40a9-8c47-362fb81bf420', 0, 'initial-dose-too-high', 'info', '{}', '0d28095d-4dab-52b4-8659-62360e7f451a');
INSERT INTO public.findings VALUES ('6ea48a66-48e6-40a9-8c47-362fb81bf420', 1, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('170a1392-e9ca-4c30-b396-027f5d1c58cd', 0, 'abrupt-stop', 'critical', '{"before_mg_per_day":90}', 'bc58e7a2-01c0-570f-a7f3-121e1018118f');
INSERT INTO public.findings VALUES ('170a1392-e9ca-4c30-b396-027f5d1c58cd', 1, 'close-follow-up', 'info', '{"before_mg_per_day":90}', '210704d5-3839-53c3-aaf2-286e9f1f5472');
INSERT INTO public.findings VALUES ('170a1392-e9ca-4c30-b396-027f5d1c58cd', 2, 'adverse-effect-report', 'info', '{}', NULL);
INSERT INTO public.findings VALUES ('170a1392-e9ca-4c30-b396-027f5d1c58cd', 3, 'no-abrupt-stop', 'info', '{}', NULL);
INSERT INTO public.key_sets VALUES ('hospital-b', 1793693730, 1793693730, '\x7b226b657973223a205b5d7d');
INSERT INTO public.suggestions VALUES ('fbf985b0-8909-4366-9893-b9d1ba7a18f9', '4a9521e4-44cf-5d15-8409-f004f9d3fb06', '62c1eac6-0b24-5707-a8ab-5ca79e7b28c3');
INSERT INTO public.suggestions VALUES ('fbf985b0-8909-4366-9893-b9d1ba7a18f9', '17a15ab8-002c-5c2c-85b7-e1f8dbed9a06', '62c1eac6-0b24-5707-a8ab-5ca79e7b28c3');
INSERT INTO public.suggestions VALUES ('0eeda7eb-7053-40f6-8011-f3e175cc22e0', '5b9a6428-b23f-5b1f-94b0-9d182af86475', '3a9b644e-edbb-5eec-b89c-2528ed6c19b5');
INSERT INTO public.suggestions VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', '74476d09-8878-5ba2-9133-58c79537d0fb', '89a59dee-76bd-5d29-895c-fb00cfd6aa1e');
INSERT INTO public.suggestions VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', 'c3d0a32d-75cf-5b92-b45e-e1a857bc1079', '89a59dee-76bd-5d29-895c-fb00cfd6aa1e');
INSERT INTO public.suggestions VALUES ('d1fcf196-ac7b-4bfb-b89d-0e99cce39c14', '638abc1e-dce7-5c81-974a-fc87c8fa4d00', '89a59dee-76bd-5d29-895c-fb00cfd6aa1e');
INSERT INTO public.used_tokens VALUES ('hospital-a', 'a-token', 4102444800);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_record_key UNIQUE (record);
ALTER TABLE ONLY public.cards
    ADD CONSTRAINT cards_pkey PRIMARY KEY (answer, uuid);
ALTER TABLE ONLY public.chosen_suggestions
    ADD CONSTRAINT chosen_suggestions_pkey PRIMARY KEY (feedback, suggestion);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_pkey PRIMARY KEY (answer, number);
ALTER TABLE ONLY public.key_sets
    ADD CONSTRAINT key_sets_pkey PRIMARY KEY (client);
ALTER TABLE ONLY public.suggestions
    ADD CONSTRAINT suggestions_pkey PRIMARY KEY (answer, uuid);
ALTER TABLE ONLY public.used_tokens
    ADD CONSTRAINT used_tokens_pkey PRIMARY KEY (client, jti);
CREATE INDEX answers_at ON public.answers USING btree (at);
CREATE INDEX cards_uuid ON public.cards USING btree (uuid);
CREATE INDEX feedback_card ON public.feedback USING btree (client, card);
CREATE INDEX feedback_received_at ON public.feedback USING btree (received_at);
CREATE INDEX ix_used_tokens_until ON public.used_tokens USING btree (until);
CREATE INDEX suggestions_uuid ON public.suggestions USING btree (uuid);
ALTER TABLE ONLY public.cards
    ADD CONSTRAINT cards_answer_fkey FOREIGN KEY (answer) REFERENCES public.answers(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.chosen_suggestions
    ADD CONSTRAINT chosen_suggestions_feedback_fkey FOREIGN KEY (feedback) REFERENCES public.feedback(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_answer_fkey FOREIGN KEY (answer) REFERENCES public.answers(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.suggestions
    ADD CONSTRAINT suggestions_answer_fkey FOREIGN KEY (answer) REFERENCES public.answers(id) ON DELETE CASCADE;
