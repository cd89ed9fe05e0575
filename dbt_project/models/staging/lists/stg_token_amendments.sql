{{ config(unique_key=['token_address']) }}

with

listed (token_address, token_symbol, token_name, decimals, is_nft) as (

    values
    -- as blockchain-etl's token_amendments.csv has them, which BigQuery's own view uses
    ('0x629a673a8242c2ac4b7b8c5d8735fbeac21a6205', 'SOR', 'Sorare', 0, true),
    (
        '0x89d24a6b4ccb1b6faa2625fe562bdd9a23260359',
        'SAI', 'Dai Stablecoin v1.0', 18, false
    ),
    ('0x9f8f72aa9304c8b593d555f12ef6589cc3a579a2', 'MKR', 'Maker', 18, false),
    ('0xd1e5b0ff1287aa9f9a268759062e4ab08b9dacbe', 'UD', '.crypto', 0, true),
    -- whose contracts tell no texts
    ('0x86fa049857e0209aa7d9e616f7eb3b3b78ecfdb0', 'EOS', 'EOS', 18, false),
    ('0xe0b7927c4af23765cb51314a0e0521a9645f0e2a', 'DGD', 'DigixDAO', 9, false),
    -- ERC-721 alone: names of ENS, CryptoKitties, Bored Apes
    ('0x57f1887a8bf19b14fc0df6fd9b2acc9af147ea85', null, null, null, true),
    ('0x06012c8cf97bead5deae237070f9587f8e7a266d', null, null, null, true),
    ('0xbc4ca0eda7647a8ab7c2061c2e118a18a936f13d', null, null, null, true)

),

states as (

    {{ with_gone('listed', this, ['token_address']) }}

),

token_amendments as (

    select
        -- keys
        token_address,
        -- attributes
        token_symbol,
        token_name,
        decimals,
        is_nft,
        -- lineage
        changed_in
    from states

)

select * from token_amendments
