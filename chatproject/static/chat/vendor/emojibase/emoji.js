// Emoji in the order of Unicode: the emoji, its shortcode and words to find it by, tab-separated.
// From emojibase-data 17.0.0 (MIT), reduced.
export const EMOJI = {
  smileys: `😀	grinning	face cheerful cheery happy laugh nice
😃	smiley	grinning face with big eyes awesome
😄	smile	grinning face with closed eyes eye
😁	grin	beaming face eye eyes grinning happy
😆	laughing	satisfied lol squinting face closed eyes
😅	sweat_smile	grinning face with cold dejected excited
🤣	rofl	crying face floor funny haha happy
😂	joy	lmao tears of crying face feels
🙂	slightly_smiling_face	happy smile
🙃	upside_down_face	hehe smile upside-down
🫠	melting_face	disappear dissolve embarrassed haha heat hot
😉	wink	winking face flirt heartbreaker sexy slide
😊	blush	smiling face with closed eyes eye
😇	innocent	halo angel angelic angels blessed face
🥰	smiling_face_with_three_hearts	adore crush ily love romance smile
😍	heart_eyes	smiling face with 143 bae feels
🤩	star_struck	excited eyes face grinning smile starry-eyed
😘	kissing_heart	blowing adorbs bae face flirt ily
😗	kissing	face 143 date dating flirt ily
☺️	relaxed	smiling face happy outlined smile
😚	kissing_closed_eyes	face with 143 bae blush date
😙	kissing_smiling_eyes	face with 143 closed date dating
🥲	smiling_face_with_tear	glad grateful happy joy pain proud
😋	yum	savoring food delicious eat face full
😛	stuck_out_tongue	face with awesome cool nice party
😜	stuck_out_tongue_winking_eye	crazy epic face funny joke loopy
🤪	zany_face	crazy eye eyes goofy large small
😝	stuck_out_tongue_closed_eyes	face gross horrible omg squinting stuck-out
🤑	money_mouth_face	money-mouth paid
🤗	hugs	hugging face hands open smiling with
🤭	hand_over_mouth	face with giggle giggling oops realization
🫢	face_with_open_eyes_and_hand_over_mouth	gasp amazement awe disbelief embarrass omg
🫣	face_with_peeking_eye	captivated embarrass hide hiding peep scared
🤫	shushing_face	quiet shh
🤔	thinking	face wtf chin consider hmm ponder
🫡	saluting_face	salute good luck ma’am ok respect
🤐	zipper_mouth_face	keep quiet secret shut zipper-mouth
🤨	raised_eyebrow	face with disapproval disbelief distrust emoji
😐️	neutral_face	awkward blank deadpan expressionless fine jealous
😑	expressionless	face awkward dead fine inexpressive jealous
😶	no_mouth	awkward blank expressionless face mouthless mute
🫥	dotted_line_face	depressed disappear hidden hide introvert invisible
😶‍🌫️	face_in_clouds	absentminded fog head
😏	smirk	smirking face boss dapper flirt homie
😒	unamused	face ... bored fine jealous jel
🙄	roll_eyes	rolling eyeroll face shade ugh whatever
😬	grimacing	face awk awkward dentist grimace grinning
😮‍💨	face_exhaling	exhale blow blowing exhausted gasp groan
🤥	lying_face	liar lie pinocchio
🫨	shaking_face	crazy daze earthquake omg panic shock
😌	relieved	face calm peace relief zen
😔	pensive	face awful bored dejected died disappointed
😪	sleepy	face crying good night sad sleeping
🤤	drooling_face	
😴	sleeping	face bed bedtime good goodnight nap
😷	mask	medical cold dentist dermatologist doctor dr
🤒	face_with_thermometer	ill sick
🤕	face_with_head_bandage	head-bandage hurt injury ouch
🤢	nauseated_face	gross nasty sick vomit
🤮	vomiting_face	barf ew gross puke sick spew
🤧	sneezing_face	fever flu gesundheit sick sneeze
🥵	hot_face	dying feverish heat panting red-faced stroke
🥶	cold_face	blue blue-faced freezing frostbite icicles subzero
🥴	woozy_face	dizzy drunk eyes intoxicated mouth tipsy
😵	dizzy_face	knocked out crossed-out dead eyes feels
😵‍💫	face_with_spiral_eyes	dizzy confused hypnotized omg smiley trouble
🤯	exploding_head	blown explode mind mindblown no shocked
🤠	cowboy_hat_face	cowgirl
🥳	partying_face	hooray bday birthday celebrate celebration excited
🥸	disguised_face	eyebrow glasses incognito moustache mustache nose
😎	sunglasses	smiling face with cool too awesome
🤓	nerd_face	brainy clever expert geek gifted glasses
🧐	monocle_face	with classy fancy rich stuffy wealthy
😕	confused	face befuddled confusing dunno frown hm
🫤	face_with_diagonal_mouth	confused confusion disappointed doubt doubtful frustrated
😟	worried	face anxious butterflies nerves nervous sad
🙁	slightly_frowning_face	sad
☹️	frowning_face	white sad
😮	open_mouth	face with believe forgot omg shocked
😯	hushed	face epic omg stunned surprised whoa
😲	astonished	face cost no omg shocked totally
😳	flushed	face amazed awkward crazy dazed dead
🥺	pleading_face	begging big eyes mercy not please
🥹	face_holding_back_tears	watery eyes admiration aww cry embarrassed
😦	frowning	face caught guard mouth open scared
😧	anguished	face forgot scared scary stressed surprise
😨	fearful	face afraid anxious blame scared worried
😰	cold_sweat	anxious face blue eek mouth nervous
😥	disappointed_relieved	sad face anxious call close complicated
😢	cry	crying face awful feels miss sad
😭	sob	loudly crying face bawling cry sad
😱	scream	screaming in fear epic face fearful
😖	confounded	face annoyed confused cringe distraught feels
😣	persevere	persevering face concentrate concentration focus headache
😞	disappointed	face awful blame dejected fail losing
😓	sweat	downcast face close cold feels headache
😩	weary	face crying fail feels hungry mad
😫	tired_face	cost feels nap sad sneeze
🥱	yawning_face	bedtime bored goodnight nap night sleep
😤	triumph	nose steam anger angry face feels
😡	pout	rage pouting face anger angry enraged
😠	angry	face anger blame feels frustrated mad
🤬	cursing_face	censored with symbols on mouth censor
😈	smiling_imp	demon devil evil face fairy fairytale
👿	imp	angry demon devil evil face fairy
💀	skull	body dead death face fairy fairytale
☠️	skull_and_crossbones	dead death face monster
💩	hankey	poop shit bs comic doo dung
🤡	clown_face	
👹	japanese_ogre	creature devil face fairy fairytale fantasy
👺	japanese_goblin	angry creature face fairy fairytale fantasy
👻	ghost	boo creature excited face fairy fairytale
👽️	alien	creature extraterrestrial face fairy fairytale fantasy
👾	space_invader	alien monster creature extraterrestrial face fairy
🤖	robot	face monster
😺	smiley_cat	grinning animal face mouth open smiling
😸	smile_cat	grinning with closed eyes animal eye
😹	joy_cat	tears of animal face laugh laughing
😻	heart_eyes_cat	smiling with animal face heart-eyes love
😼	smirk_cat	wry smile animal face ironic with
😽	kissing_cat	animal closed eye eyes face
🙀	scream_cat	weary animal face oh surprised
😿	crying_cat_face	animal sad tear
😾	pouting_cat	animal face
🙈	see_no_evil	embarrassed face forbidden forgot gesture hide
🙉	hear_no_evil	animal ears face forbidden gesture listen
🙊	speak_no_evil	animal face forbidden gesture monkey not
💌	love_letter	heart mail romance valentine
💘	cupid	heart with arrow 143 adorbs date
💝	gift_heart	with ribbon 143 anniversary emotion ily
💖	sparkling_heart	143 emotion excited good ily kisses
💗	heartpulse	growing 143 emotion excited ily kisses
💓	heartbeat	beating 143 cardio emotion ily love
💞	revolving_hearts	143 adorbs anniversary emotion
💕	two_hearts	143 anniversary date dating emotion ily
💟	heart_decoration	143 emotion hearth purple white
❣️	heavy_heart_exclamation	mark punctuation
💔	broken_heart	break crushed emotion heartbroken lonely sad
❤️‍🔥	heart_on_fire	burn love lust sacred
❤️‍🩹	mending_heart	healthier improving recovering recuperating well
❤️	heart	red emotion love
🩷	pink_heart	143 adorable cute emotion ily like
🧡	orange_heart	143
💛	yellow_heart	143 cardiac emotion ily love
💚	green_heart	143 emotion ily love romantic
💙	blue_heart	143 emotion ily love romance
🩵	light_blue_heart	143 cute cyan emotion ily like
💜	purple_heart	143 bestest emotion ily love
🤎	brown_heart	143
🖤	black_heart	evil wicked
🩶	grey_heart	gray 143 emotion ily love silver
🤍	white_heart	143
💋	kiss	dating emotion heart kissing lips mark
💯	100	a+ agree clearly definitely faithful fleek
💢	anger	angry comic mad symbol upset
💥	boom	collision bomb collide comic explode
💫	dizzy	comic shining shooting star stars
💦	sweat_drops	comic drip droplet droplets splashing squirt
💨	dash	dashing away cloud comic fart fast
🕳️	hole	
💬	speech_balloon	bubble comic dialog message sms talk
👁️‍🗨️	eye_speech_bubble	in balloon witness
🗨️	left_speech_bubble	balloon dialog
🗯️	right_anger_bubble	angry balloon mad
💭	thought_balloon	bubble cartoon cloud comic daydream decisions
💤	zzz	comic good goodnight night sleep sleeping`,
  people: `👋	wave	waving hand bye cya g2g greetings
🤚	raised_back_of_hand	backhand
🖐️	raised_hand_with_fingers_splayed	stop
✋️	hand	raised high five stop
🖖	vulcan_salute	finger hand hands
🫱	rightwards_hand	handshake hold reach shake
🫲	leftwards_hand	handshake hold reach shake
🫳	palm_down_hand	dismiss drop dropped pick shoo up
🫴	palm_up_hand	beckon catch come hold know lift
🫷	leftwards_pushing_hand	block five halt high hold pause
🫸	rightwards_pushing_hand	block five halt high hold pause
👌	ok_hand	awesome bet dope fleek fosho got
🤌	pinched_fingers	gesture hand hold huh interrogation patience
🤏	pinching_hand	amount bit fingers little small sort
✌️	v	victory hand peace
🤞	crossed_fingers	hand luck
🫰	hand_with_index_finger_and_thumb_crossed	<3 expensive heart love money snap
🤟	love_you_gesture	fingers hand ily love-you three
🤘	metal	sign of the horns finger hand
🤙	call_me_hand	hang loose shaka
👈️	point_left	backhand finger hand index pointing
👉️	point_right	backhand finger hand index pointing
👆️	point_up_2	backhand finger hand index pointing
🖕	fu	middle finger hand
👇️	point_down	backhand finger hand index pointing
☝️	point_up	finger hand index pointing this
🫵	index_pointing_at_the_viewer	forward finger hand poke you
👍️	+1	thumbsup yes good hand like thumb
👎️	-1	thumbsdown no bad dislike down good
✊️	fist	raised clenched hand punch solidarity
👊	facepunch	fist oncoming absolutely agree boom bro
🤛	fist_left	facing left-facing leftwards
🤜	fist_right	facing right-facing rightwards
👏	clap	clapping hands applause approval awesome congrats
🙌	raised_hands	celebration gesture hooray praise raising
🫶	heart_hands	<3 love you
👐	open_hands	hug jazz swerve
🤲	palms_up_together	cupped dua hands pray prayer wish
🤝	handshake	agreement deal meeting
🙏	pray	folded hands appreciate ask beg blessed
✍️	writing_hand	write
💅	nail_care	polish bored cosmetics done makeup manicure
🤳	selfie	camera phone
💪	muscle	right bicep arm beast bench biceps
🦾	mechanical_arm	accessibility prosthetic
🦿	mechanical_leg	accessibility prosthetic
🦵	leg	bent foot kick knee limb
🦶	foot	ankle feet kick stomp
👂️	ear	body ears hear hearing listen listening
🦻	ear_with_hearing_aid	accessibility hard
👃	nose	body noses nosey odor smell smells
🧠	brain	intelligent smart
🫀	anatomical_heart	beat cardiology heartbeat organ pulse real
🫁	lungs	breath breathe exhalation inhalation organ respiration
🦷	tooth	dentist pearly teeth white
🦴	bone	bones dog skeleton wishbone
👀	eyes	body face googly look looking omg
👁️	eye	body one
👅	tongue	body lick slurp
👄	lips	mouth beauty body kiss kissing lipstick
🫦	biting_lip	anxious bite fear flirt flirting kiss
👶	baby	babies children goo infant newborn pregnant
🧒	child	bright-eyed grandchild kid young younger
👦	boy	bright-eyed child grandson kid son young
👧	girl	bright-eyed child daughter granddaughter kid virgo
🧑	adult	person
👱	blond_haired_person	blond-haired human
👨	man	adult bro
🧔	bearded_person	whiskers
🧔‍♂️	man_beard	bearded whiskers
🧔‍♀️	woman_beard	bearded whiskers
👨‍🦰	red_haired_man	adult bro
👨‍🦱	curly_haired_man	adult bro
👨‍🦳	white_haired_man	adult bro
👨‍🦲	bald_man	adult bro
👩	woman	adult lady
👩‍🦰	red_haired_woman	adult lady
🧑‍🦰	person_red_hair	haired adult
👩‍🦱	curly_haired_woman	adult lady
🧑‍🦱	person_curly_hair	haired adult
👩‍🦳	white_haired_woman	adult lady
🧑‍🦳	person_white_hair	haired adult
👩‍🦲	bald_woman	adult lady
🧑‍🦲	person_bald	adult
👱‍♀️	blond_haired_woman	blonde blond-haired
👱‍♂️	blond_haired_man	blond-haired
🧓	older_adult	elderly grandparent person wise
👴	older_man	adult bald elderly gramps grandfather grandpa
👵	older_woman	adult elderly grandma grandmother granny lady
🙍	frowning_person	annoyed disappointed disgruntled disturbed frustrated gesture
🙍‍♂️	frowning_man	annoyed disappointed disgruntled disturbed frustrated gesture
🙍‍♀️	frowning_woman	annoyed disappointed disgruntled disturbed frustrated gesture
🙎	pouting_face	person disappointed downtrodden frown grimace scowl
🙎‍♂️	pouting_man	disappointed downtrodden frown grimace scowl sulk
🙎‍♀️	pouting_woman	disappointed downtrodden frown grimace scowl sulk
🙅	no_good	person gesturing forbidden gesture hand not
🙅‍♂️	ng_man	no good gesturing forbidden gesture hand
🙅‍♀️	ng_woman	no good gesturing forbidden gesture hand
🙆	ok_person	all good gesturing exercise gesture hand
🙆‍♂️	ok_man	gesturing exercise gesture hand omg
🙆‍♀️	ok_woman	gesturing exercise gesture hand omg
💁	information_desk_person	tipping hand fetch flick flip gossip
💁‍♂️	sassy_man	tipping hand fetch flick flip gossip
💁‍♀️	sassy_woman	tipping hand fetch flick flip gossip
🙋	raising_hand	person gesture here know me pick
🙋‍♂️	raising_hand_man	gesture here know me pick question
🙋‍♀️	raising_hand_woman	gesture here know me pick question
🧏	deaf_person	accessibility ear gesture hear
🧏‍♂️	deaf_man	accessibility ear gesture hear
🧏‍♀️	deaf_woman	accessibility ear gesture hear
🙇	bow	person bowing apology ask beg favor
🙇‍♂️	bowing_man	apology ask beg favor forgive gesture
🙇‍♀️	bowing_woman	apology ask beg favor forgive gesture
🤦	facepalm	person facepalming again bewilder disbelief exasperation
🤦‍♂️	man_facepalming	again bewilder disbelief exasperation no not
🤦‍♀️	woman_facepalming	again bewilder disbelief exasperation no not
🤷	shrug	person shrugging doubt dunno guess idk
🤷‍♂️	man_shrugging	doubt dunno guess idk ignorance indifference
🤷‍♀️	woman_shrugging	doubt dunno guess idk ignorance indifference
🧑‍⚕️	health_worker	doctor healthcare nurse therapist
👨‍⚕️	man_health_worker	doctor healthcare nurse therapist
👩‍⚕️	woman_health_worker	doctor healthcare nurse therapist
🧑‍🎓	student	graduate
👨‍🎓	man_student	graduate
👩‍🎓	woman_student	graduate
🧑‍🏫	teacher	instructor lecturer professor
👨‍🏫	man_teacher	instructor lecturer professor
👩‍🏫	woman_teacher	instructor lecturer professor
🧑‍⚖️	judge	justice law scales
👨‍⚖️	man_judge	justice law scales
👩‍⚖️	woman_judge	justice law scales
🧑‍🌾	farmer	gardener rancher
👨‍🌾	man_farmer	gardener rancher
👩‍🌾	woman_farmer	gardener rancher
🧑‍🍳	cook	chef
👨‍🍳	man_cook	chef
👩‍🍳	woman_cook	chef
🧑‍🔧	mechanic	electrician plumber tradesperson
👨‍🔧	man_mechanic	electrician plumber tradesperson
👩‍🔧	woman_mechanic	electrician plumber tradesperson
🧑‍🏭	factory_worker	assembly industrial
👨‍🏭	man_factory_worker	assembly industrial
👩‍🏭	woman_factory_worker	assembly industrial
🧑‍💼	office_worker	architect business manager white-collar
👨‍💼	man_office_worker	architect business manager white-collar
👩‍💼	woman_office_worker	architect business manager white-collar
🧑‍🔬	scientist	biologist chemist engineer mathematician physicist
👨‍🔬	man_scientist	biologist chemist engineer mathematician physicist
👩‍🔬	woman_scientist	biologist chemist engineer mathematician physicist
🧑‍💻	technologist	coder computer developer inventor software
👨‍💻	man_technologist	coder computer developer inventor software
👩‍💻	woman_technologist	coder computer developer inventor software
🧑‍🎤	singer	actor entertainer rock rockstar star
👨‍🎤	man_singer	actor entertainer rock rockstar star
👩‍🎤	woman_singer	actor entertainer rock rockstar star
🧑‍🎨	artist	palette
👨‍🎨	man_artist	palette
👩‍🎨	woman_artist	palette
🧑‍✈️	pilot	plane
👨‍✈️	man_pilot	plane
👩‍✈️	woman_pilot	plane
🧑‍🚀	astronaut	rocket space
👨‍🚀	man_astronaut	rocket space
👩‍🚀	woman_astronaut	rocket space
🧑‍🚒	firefighter	firetruck
👨‍🚒	man_firefighter	firetruck
👩‍🚒	woman_firefighter	firetruck
👮	cop	police officer apprehend arrest citation law
👮‍♂️	policeman	officer apprehend arrest citation cop law
👮‍♀️	policewoman	officer apprehend arrest citation cop law
🕵️	detective	sleuth spy
🕵️‍♂️	male_detective	man sleuth spy
🕵️‍♀️	female_detective	woman sleuth spy
💂	guard	buckingham helmet london palace
💂‍♂️	guardsman	buckingham helmet london palace
💂‍♀️	guardswoman	buckingham helmet london palace
🥷	ninja	assassin fight fighter hidden person secret
👷	construction_worker	build fix hardhat hat man person
👷‍♂️	construction_worker_man	build fix hardhat hat rebuild remodel
👷‍♀️	construction_worker_woman	build fix hardhat hat rebuild remodel
🫅	person_with_crown	royalty monarch noble regal royal
🤴	prince	crown fairy fairytale fantasy king royal
👸	princess	crown fairy fairytale fantasy queen royal
👳	person_with_turban	wearing
👳‍♂️	man_with_turban	wearing
👳‍♀️	woman_with_turban	wearing
👲	man_with_gua_pi_mao	person skullcap cap chinese guapi hat
🧕	woman_with_headscarf	bandana hijab kerchief mantilla tichel
🤵	person_in_tuxedo	formal wedding
🤵‍♂️	man_in_tuxedo	formal groom wedding
🤵‍♀️	woman_in_tuxedo	formal wedding
👰	person_with_veil	wedding
👰‍♂️	man_with_veil	wedding
👰‍♀️	bride_with_veil	woman wedding
🤰	pregnant_woman	
🫃	pregnant_man	belly bloated full overeat
🫄	pregnant_person	belly bloated full overeat stuffed
🤱	breast_feeding	baby mom mother nursing woman
👩‍🍼	woman_feeding_baby	mom mother nanny newborn nursing
👨‍🍼	man_feeding_baby	dad father nanny newborn nursing
🧑‍🍼	person_feeding_baby	nanny newborn nursing parent
👼	angel	baby church face fairy fairytale fantasy
🎅	santa	celebration christmas claus fairy fantasy father
🤶	mrs_claus	celebration christmas fairy fantasy holiday merry
🧑‍🎄	mx_claus	celebration christmas fairy fantasy holiday merry
🦸	superhero	good superpower
🦸‍♂️	superhero_man	good superpower
🦸‍♀️	superhero_woman	good heroine superpower
🦹	supervillain	bad criminal evil superpower
🦹‍♂️	supervillain_man	bad criminal evil superpower
🦹‍♀️	supervillain_woman	bad criminal evil superpower
🧙	mage	fantasy magic play sorcerer sorceress sorcery
🧙‍♂️	mage_man	fantasy magic play sorcerer sorceress sorcery
🧙‍♀️	mage_woman	fantasy magic play sorcerer sorceress sorcery
🧚	fairy	fairytale fantasy myth person pixie tale
🧚‍♂️	fairy_man	fairytale fantasy myth oberon person pixie
🧚‍♀️	fairy_woman	fairytale fantasy myth person pixie tale
🧛	vampire	blood dracula fangs halloween scary supernatural
🧛‍♂️	vampire_man	blood fangs halloween scary supernatural teeth
🧛‍♀️	vampire_woman	blood fangs halloween scary supernatural teeth
🧜	merperson	creature fairytale folklore ocean sea siren
🧜‍♂️	merman	creature fairytale folklore neptune ocean poseidon
🧜‍♀️	mermaid	creature fairytale folklore merwoman ocean sea
🧝	elf	elves enchantment fantasy folklore magic magical
🧝‍♂️	elf_man	elves enchantment fantasy folklore magic magical
🧝‍♀️	elf_woman	elves enchantment fantasy folklore magic magical
🧞	genie	djinn fantasy jinn lamp myth rub
🧞‍♂️	genie_man	djinn fantasy jinn lamp myth rub
🧞‍♀️	genie_woman	djinn fantasy jinn lamp myth rub
🧟	zombie	apocalypse dead halloween horror scary undead
🧟‍♂️	zombie_man	apocalypse dead halloween horror scary undead
🧟‍♀️	zombie_woman	apocalypse dead halloween horror scary undead
🧌	troll	fairy fantasy monster tale trolling
💆	massage	person getting face headache relax relaxing
💆‍♂️	massage_man	getting face headache relax relaxing salon
💆‍♀️	massage_woman	getting face headache relax relaxing salon
💇	haircut	person getting barber beauty chop cosmetology
💇‍♂️	haircut_man	getting barber beauty chop cosmetology groom
💇‍♀️	haircut_woman	getting barber beauty chop cosmetology groom
🚶	walking	person amble gait hike man pace
🚶‍♂️	walking_man	amble gait hike pace pedestrian stride
🚶‍♀️	walking_woman	amble gait hike pace pedestrian stride
🧍	standing_person	
🧍‍♂️	standing_man	
🧍‍♀️	standing_woman	
🧎	kneeling_person	knees
🧎‍♂️	kneeling_man	knees
🧎‍♀️	kneeling_woman	knees
🧑‍🦯	person_with_probing_cane	white accessibility blind
👨‍🦯	man_with_probing_cane	white accessibility blind
👩‍🦯	woman_with_probing_cane	white accessibility blind
🧑‍🦼	person_in_motorized_wheelchair	accessibility
👨‍🦼	man_in_motorized_wheelchair	accessibility
👩‍🦼	woman_in_motorized_wheelchair	accessibility
🧑‍🦽	person_in_manual_wheelchair	accessibility
👨‍🦽	man_in_manual_wheelchair	accessibility
👩‍🦽	woman_in_manual_wheelchair	accessibility
🏃	runner	running person fast hurry marathon move
🏃‍♂️	running_man	fast hurry marathon move quick race
🏃‍♀️	running_woman	fast hurry marathon move quick race
💃	dancer	woman dancing elegant festive flair flamenco
🕺	man_dancing	dance dancer elegant festive flair flamenco
🕴️	business_suit_levitating	levitate person
👯	dancers	people with bunny ears partying bestie
👯‍♂️	dancing_men	with bunny ears partying bestie bff
👯‍♀️	dancing_women	with bunny ears partying bestie bff
🧖	sauna_person	in steamy room day luxurious pamper
🧖‍♂️	sauna_man	in steamy room day luxurious pamper
🧖‍♀️	sauna_woman	in steamy room day luxurious pamper
🧗	climbing	person climber mountain rock scale up
🧗‍♂️	climbing_man	climber mountain rock scale up
🧗‍♀️	climbing_woman	climber mountain rock scale up
🤺	person_fencing	fencer sword
🏇	horse_racing	jockey racehorse riding sport
⛷️	skier	person skiing snow
🏂️	snowboarder	person snowboarding ski sport
🏌️	golfing	golfer person ball birdie caddy driving
🏌️‍♂️	golfing_man	ball birdie caddy driving green pga
🏌️‍♀️	golfing_woman	ball birdie caddy driving green pga
🏄️	surfer	person surfing beach ocean sport swell
🏄‍♂️	surfing_man	beach ocean sport surfer swell waves
🏄‍♀️	surfing_woman	beach ocean person sport surfer swell
🚣	rowboat	person rowing canoe cruise fishing lake
🚣‍♂️	rowing_man	boat canoe cruise fishing lake oar
🚣‍♀️	rowing_woman	boat canoe cruise fishing lake oar
🏊️	swimmer	person swimming freestyle sport triathlon
🏊‍♂️	swimming_man	freestyle sport swimmer triathlon
🏊‍♀️	swimming_woman	freestyle sport swimmer triathlon
⛹️	bouncing_ball_person	athletic basketball championship dribble net player
⛹️‍♂️	basketball_man	bouncing athletic championship dribble net player
⛹️‍♀️	basketball_woman	bouncing athletic championship dribble net player
🏋️	weight_lifting	person weights lifter barbell bodybuilder deadlift
🏋️‍♂️	weight_lifting_man	weights barbell bodybuilder deadlift lifter powerlifting
🏋️‍♀️	weight_lifting_woman	weights barbell bodybuilder deadlift lifter powerlifting
🚴	bicyclist	biking person bicycle bike cycle riding
🚴‍♂️	biking_man	bicycle bicyclist bike cycle cyclist riding
🚴‍♀️	biking_woman	bicycle bicyclist bike cycle cyclist riding
🚵	mountain_bicyclist	biking person bicycle bike cycle riding
🚵‍♂️	mountain_biking_man	bicycle bicyclist bike cycle cyclist riding
🚵‍♀️	mountain_biking_woman	bicycle bicyclist bike cycle cyclist riding
🤸	cartwheeling	person active excited flip gymnastics happy
🤸‍♂️	man_cartwheeling	active excited flip gymnastics happy somersault
🤸‍♀️	woman_cartwheeling	active excited flip gymnastics happy somersault
🤼	wrestling	people wrestlers combat duel grapple ring
🤼‍♂️	men_wrestling	combat duel grapple ring tournament wrestle
🤼‍♀️	women_wrestling	combat duel grapple ring tournament wrestle
🤽	water_polo	person playing sport swimming waterpolo
🤽‍♂️	man_playing_water_polo	sport swimming waterpolo
🤽‍♀️	woman_playing_water_polo	sport swimming waterpolo
🤾	handball_person	playing athletics catch chuck hurl lob
🤾‍♂️	man_playing_handball	athletics catch chuck hurl lob pitch
🤾‍♀️	woman_playing_handball	athletics catch chuck hurl lob pitch
🤹	juggling_person	juggler act balance balancing handle juggle
🤹‍♂️	man_juggling	act balance balancing handle juggle manage
🤹‍♀️	woman_juggling	act balance balancing handle juggle manage
🧘	lotus_position	person in cross legged legs meditation
🧘‍♂️	lotus_position_man	in cross legged legs meditation peace
🧘‍♀️	lotus_position_woman	in cross legged legs meditation peace
🛀	bath	person taking bathtub tub
🛌	sleeping_bed	person accommodation bedtime good goodnight hotel
🧑‍🤝‍🧑	people_holding_hands	bae bestie bff couple dating flirt
👭	two_women_holding_hands	bae bestie bff couple dating flirt
👫	couple	bae bestie bff dating flirt friends
👬	two_men_holding_hands	bae bestie bff boys brothers couple
💏	couplekiss	anniversary babe bae date dating heart
👩‍❤️‍💋‍👨	couplekiss_man_woman	mw wm anniversary babe bae date
👨‍❤️‍💋‍👨	couplekiss_man_man	mm anniversary babe bae date dating
👩‍❤️‍💋‍👩	couplekiss_woman_woman	ww anniversary babe bae date dating
💑	couple_with_heart	anniversary babe bae dating kiss love
👩‍❤️‍👨	couple_with_heart_woman_man	mw wm anniversary babe bae dating
👨‍❤️‍👨	couple_with_heart_man_man	mm anniversary babe bae dating kiss
👩‍❤️‍👩	couple_with_heart_woman_woman	ww anniversary babe bae dating kiss
👨‍👩‍👦	family_man_woman_boy	mwb child
👨‍👩‍👧	family_man_woman_girl	mwg child
👨‍👩‍👧‍👦	family_man_woman_girl_boy	mwgb child
👨‍👩‍👦‍👦	family_man_woman_boy_boy	mwbb child
👨‍👩‍👧‍👧	family_man_woman_girl_girl	mwgg child
👨‍👨‍👦	family_man_man_boy	mmb child
👨‍👨‍👧	family_man_man_girl	mmg child
👨‍👨‍👧‍👦	family_man_man_girl_boy	mmgb child
👨‍👨‍👦‍👦	family_man_man_boy_boy	mmbb child
👨‍👨‍👧‍👧	family_man_man_girl_girl	mmgg child
👩‍👩‍👦	family_woman_woman_boy	wwb child
👩‍👩‍👧	family_woman_woman_girl	wwg child
👩‍👩‍👧‍👦	family_woman_woman_girl_boy	wwgb child
👩‍👩‍👦‍👦	family_woman_woman_boy_boy	wwbb child
👩‍👩‍👧‍👧	family_woman_woman_girl_girl	wwgg child
👨‍👦	family_man_boy	mb child
👨‍👦‍👦	family_man_boy_boy	mbb child
👨‍👧	family_man_girl	mg child
👨‍👧‍👦	family_man_girl_boy	mgb child
👨‍👧‍👧	family_man_girl_girl	mgg child
👩‍👦	family_woman_boy	wb child
👩‍👦‍👦	family_woman_boy_boy	wbb child
👩‍👧	family_woman_girl	wg child
👩‍👧‍👦	family_woman_girl_boy	wgb child
👩‍👧‍👧	family_woman_girl_girl	wgg child
🗣️	speaking_head	face silhouette
👤	bust_in_silhouette	mysterious shadow
👥	busts_in_silhouette	bff everyone friend friends people
🫂	people_hugging	comfort embrace farewell friendship goodbye hello
👪️	family	child
👣	footprints	barefoot clothing omw walk`,
  nature: `🐵	monkey_face	animal banana
🐒	monkey	animal banana
🦍	gorilla	animal
🦧	orangutan	animal ape monkey
🐶	dog	face adorbs animal pet puppies puppy
🐕️	dog2	animal animals dogs pet
🦮	guide_dog	accessibility animal blind
🐕‍🦺	service_dog	accessibility animal assistance
🐩	poodle	animal dog fluffy
🐺	wolf	face animal
🦊	fox_face	animal
🦝	raccoon	animal curious sly
🐱	cat	face animal kitten kitty pet
🐈️	cat2	animal animals cats kitten pet
🐈‍⬛	black_cat	animal feline halloween meow unlucky
🦁	lion	face alpha animal leo mane order
🐯	tiger	face animal big cat predator
🐅	tiger2	animal big cat predator zoo
🐆	leopard	animal big cat predator zoo
🐴	horse	face animal dressage equine farm horses
🫎	moose	alces animal antlers elk mammal
🫏	donkey	animal ass burro hinny mammal mule
🐎	racehorse	animal equestrian farm racing
🦄	unicorn	face
🦓	zebra	animal stripe
🦌	deer	animal
🦬	bison	animal buffalo herd wisent
🐮	cow	face animal farm milk moo
🐂	ox	animal animals bull farm taurus zodiac
🐃	water_buffalo	animal zoo
🐄	cow2	animal animals farm milk moo
🐷	pig	face animal bacon farm pork
🐖	pig2	animal bacon farm pork sow
🐗	boar	animal pig
🐽	pig_nose	animal face farm smell snout
🐏	ram	animal aries horns male sheep zodiac
🐑	sheep	ewe animal baa farm female fluffy
🐐	goat	animal capricorn farm milk zodiac
🐪	dromedary_camel	animal desert hump one
🐫	camel	animal bactrian desert hump two two-hump
🦙	llama	alpaca animal guanaco vicuña wool
🦒	giraffe	animal spots
🐘	elephant	animal
🦣	mammoth	animal extinction large tusk wooly
🦏	rhinoceros	animal
🦛	hippopotamus	animal
🐭	mouse	face animal
🐁	mouse2	animal animals
🐀	rat	animal
🐹	hamster	face animal pet
🐰	rabbit	face animal bunny pet
🐇	rabbit2	animal bunny pet
🐿️	chipmunk	animal squirrel
🦫	beaver	animal dam teeth
🦔	hedgehog	animal spiny
🦇	bat	animal vampire
🐻	bear	face animal grizzly growl honey
🐻‍❄️	polar_bear	face animal arctic white
🐨	koala	face animal australia bear down marsupial
🐼	panda_face	animal bamboo
🦥	sloth	lazy slow
🦦	otter	animal fishing playful
🦨	skunk	animal stink
🦘	kangaroo	animal joey jump marsupial
🦡	badger	animal honey pester
🐾	feet	paw prints paws print
🦃	turkey	bird gobble thanksgiving
🐔	chicken	face animal bird ornithology
🐓	rooster	animal bird ornithology
🐣	hatching_chick	animal baby bird egg
🐤	baby_chick	animal bird ornithology
🐥	hatched_chick	animal baby bird front-facing newborn ornithology
🐦️	bird	face animal ornithology
🐧	penguin	face animal antarctica bird ornithology
🕊️	dove	bird fly ornithology peace
🦅	eagle	animal bird ornithology
🦆	duck	animal bird ornithology
🦢	swan	animal bird cygnet duckling ornithology ugly
🦉	owl	animal bird ornithology wise
🦤	dodo	animal bird extinction large ornithology
🪶	feather	bird flight light plumage
🦩	flamingo	animal bird flamboyant ornithology tropical
🦚	peacock	animal bird colorful ornithology ostentatious peahen
🦜	parrot	animal bird ornithology pirate talk
🪽	wing	angelic ascend aviation bird fly flying
🐦‍⬛	black_bird	animal beak caw corvid crow ornithology
🪿	goose	animal bird duck flock fowl gaggle
🐸	frog	face animal
🐊	crocodile	animal zoo
🐢	turtle	animal terrapin tortoise
🦎	lizard	animal reptile
🐍	snake	animal bearer ophiuchus serpent zodiac
🐲	dragon_face	animal fairy fairytale tale
🐉	dragon	animal fairy fairytale knights tale
🦕	sauropod	brachiosaurus brontosaurus dinosaur diplodocus
🦖	t-rex	trex dinosaur tyrannosaurus
🐳	whale	spouting animal beach face ocean
🐋	whale2	animal beach ocean
🐬	dolphin	flipper animal beach ocean
🦭	seal	animal lion ocean
🐟️	fish	animal dinner fishes fishing pisces zodiac
🐠	tropical_fish	animal fishes
🐡	blowfish	animal
🦈	shark	animal fish
🐙	octopus	animal creature ocean
🐚	shell	animal beach conch sea spiral
🪸	coral	change climate ocean reef sea
🪼	jellyfish	animal aquarium burn invertebrate life marine
🦀	crab	cancer zodiac
🦞	lobster	animal bisque claws seafood
🦐	shrimp	food shellfish small
🦑	squid	animal food mollusk
🦪	oyster	diving pearl
🐌	snail	animal escargot garden nature slug
🦋	butterfly	insect pretty
🐛	bug	animal garden insect
🐜	ant	animal garden insect
🐝	bee	honeybee animal bumblebee honey insect nature
🪲	beetle	animal bug insect
🐞	lady_beetle	animal garden insect ladybird ladybug nature
🦗	cricket	animal bug grasshopper insect orthoptera
🪳	cockroach	animal insect pest
🕷️	spider	animal insect
🕸️	spider_web	
🦂	scorpion	scorpius zodiac
🦟	mosquito	bite disease fever insect malaria pest
🪰	fly	animal disease insect maggot pest rotting
🪱	worm	animal annelid earthworm parasite
🦠	microbe	amoeba bacteria science virus
💐	bouquet	anniversary birthday date flower love plant
🌸	cherry_blossom	flower plant spring springtime
💮	white_flower	
🪷	lotus	beauty buddhism calm flower hinduism peace
🏵️	rosette	plant
🌹	rose	beauty elegant flower love plant red
🥀	wilted_flower	dying
🌺	hibiscus	flower plant
🌻	sunflower	outdoors plant
🌼	blossom	buttercup dandelion flower plant
🌷	tulip	blossom flower growth plant
🪻	hyacinth	bloom bluebonnet flower indigo lavender lilac
🌱	seedling	plant sapling sprout young
🪴	potted_plant	decor grow house nurturing
🌲	evergreen_tree	christmas forest pine
🌳	deciduous_tree	forest green habitat shedding
🌴	palm_tree	beach plant tropical
🌵	cactus	desert drought nature plant
🌾	ear_of_rice	sheaf grain grains plant
🌿	herb	leaf plant
☘️	shamrock	irish plant
🍀	four_leaf_clover	four-leaf irish lucky plant
🍁	maple_leaf	falling
🍂	fallen_leaf	autumn falling
🍃	leaves	blow flutter fluttering leaf wind in
🪹	empty_nest	branch home nesting
🪺	nest_with_eggs	bird branch nesting
🍄	mushroom	fungus toadstool`,
  food: `🍇	grapes	dionysus fruit
🍈	melon	cantaloupe fruit
🍉	watermelon	fruit
🍊	mandarin	orange tangerine citrus fruit nectarine vitamin
🍋	lemon	citrus fruit sour
🍌	banana	fruit potassium
🍍	pineapple	colada fruit pina tropical
🥭	mango	food fruit tropical
🍎	apple	red diet food fruit health ripe
🍏	green_apple	fruit
🍐	pear	fruit
🍑	peach	fruit
🍒	cherries	berries cherry fruit red
🍓	strawberry	fruit
🫐	blueberries	berry bilberry blueberry food fruit
🥝	kiwi_fruit	food
🍅	tomato	food fruit vegetable
🫒	olive	food
🥥	coconut	colada palm piña
🥑	avocado	food fruit
🍆	eggplant	aubergine vegetable
🥔	potato	food vegetable
🥕	carrot	food vegetable
🌽	corn	ear of crops farm maize maze
🌶️	hot_pepper	
🫑	bell_pepper	capsicum food vegetable
🥒	cucumber	food pickle vegetable
🥬	leafy_green	bok burgers cabbage choy kale lettuce
🥦	broccoli	cabbage wild
🧄	garlic	flavoring
🧅	onion	flavoring
🥜	peanuts	food vegetable
🫘	beans	food kidney legume small
🌰	chestnut	almond plant
🫚	ginger_root	beer health herb natural spice
🫛	pea_pod	beans beanstalk edamame legume soybean vegetable
🍞	bread	carbs food grain loaf restaurant toast
🥐	croissant	bread breakfast crescent food french roll
🥖	baguette_bread	food french
🫓	flatbread	arepa food gordita lavash naan pita
🥨	pretzel	convoluted twisted
🥯	bagel	bakery bread breakfast schmear
🥞	pancakes	breakfast crêpe food hotcake
🧇	waffle	breakfast indecisive iron
🧀	cheese	wedge
🍖	meat_on_bone	
🍗	poultry_leg	bone chicken drumstick hungry turkey
🥩	cut_of_meat	chop lambchop porkchop red steak
🥓	bacon	breakfast food meat
🍔	hamburger	eat fast food hungry
🍟	fries	french fast food
🍕	pizza	cheese food hungry pepperoni slice
🌭	hotdog	frankfurter sausage
🥪	sandwich	bread
🌮	taco	mexican
🌯	burrito	mexican wrap
🫔	tamale	food mexican pamonha wrapped
🥙	stuffed_flatbread	falafel food gyro kebab
🧆	falafel	chickpea meatball
🥚	egg	breakfast food
🍳	fried_egg	cooking breakfast easy fry frying over
🥘	shallow_pan_of_food	casserole paella
🍲	stew	pot of food soup
🫕	fondue	cheese chocolate food melted pot ski
🥣	bowl_with_spoon	breakfast cereal congee oatmeal porridge
🥗	green_salad	food
🍿	popcorn	movie
🧈	butter	dairy
🧂	salt	condiment flavor mad salty shaker taste
🥫	canned_food	
🍱	bento	box food
🍘	rice_cracker	food
🍙	rice_ball	food japanese
🍚	rice	cooked food
🍛	curry	rice food
🍜	ramen	steaming bowl chopsticks food noodle pho
🍝	spaghetti	food meatballs pasta restaurant
🍠	sweet_potato	food roasted
🍢	oden	food kebab restaurant seafood skewer stick
🍣	sushi	food
🍤	fried_shrimp	prawn tempura
🍥	fish_cake	food pastry restaurant swirl with
🥮	moon_cake	autumn festival yuèbǐng
🍡	dango	dessert japanese skewer stick sweet
🥟	dumpling	empanada gyōza jiaozi pierogi potsticker
🥠	fortune_cookie	prophecy
🥡	takeout_box	chopsticks delivery food oyster pail
🍦	icecream	soft serve dessert food restaurant sweet
🍧	shaved_ice	dessert restaurant sweet
🍨	ice_cream	dessert food restaurant sweet
🍩	doughnut	breakfast dessert donut food sweet
🍪	cookie	chip chocolate dessert sweet
🎂	birthday	cake bday celebration dessert happy pastry
🍰	cake	shortcake dessert pastry slice sweet
🧁	cupcake	bakery dessert sprinkles sugar sweet treat
🥧	pie	apple filling fruit meat pastry pumpkin
🍫	chocolate_bar	candy dessert halloween sweet tooth
🍬	candy	cavities dessert halloween restaurant sweet tooth
🍭	lollipop	candy dessert food restaurant sweet
🍮	custard	dessert pudding sweet
🍯	honey_pot	barrel bear food honeypot jar sweet
🍼	baby_bottle	babies birth born drink infant milk
🥛	milk_glass	of drink
☕️	coffee	beverage cafe caffeine chai drink hot
🫖	teapot	brew drink food
🍵	tea	beverage cup drink handle oolong teacup
🍶	sake	bar beverage bottle cup drink restaurant
🍾	champagne	bar bottle cork drink popping with
🍷	wine_glass	alcohol bar beverage booze club drink
🍸️	cocktail	alcohol bar booze club drink drinking
🍹	tropical_drink	alcohol bar booze club cocktail drinking
🍺	beer	alcohol ale bar booze drink drinking
🍻	beers	alcohol bar booze bottoms cheers clink
🥂	clinking_glasses	celebrate drink
🥃	tumbler_glass	whisky liquor scotch shot whiskey
🫗	pouring_liquid	accident drink empty glass oops spill
🥤	cup_with_straw	drink juice malt soda soft water
🧋	bubble_tea	boba drink food milk pearl
🧃	beverage_box	juice straw sweet
🧉	mate	drink
🧊	ice_cube	cold iceberg
🥢	chopsticks	hashi jeotgarak kuaizi
🍽️	plate_with_cutlery	fork knife cooking dinner eat and
🍴	fork_and_knife	breakfast breaky cooking cutlery delicious dinner
🥄	spoon	eat tableware
🔪	hocho	knife chef cooking kitchen tool weapon
🫙	jar	condiment container empty nothing sauce store
🏺	amphora	aquarius cooking drink jug tool weapon`,
  travel: `🌍️	earth_africa	europe europe-africa globe showing world
🌎️	earth_americas	globe showing world
🌏️	earth_asia	asia-australia australia globe showing world
🌐	globe_with_meridians	earth internet web world worldwide
🗺️	world_map	
🗾	japan	map of
🧭	compass	direction magnetic navigation orienteering
🏔️	mountain_snow	cold snow-capped capped
⛰️	mountain	
🌋	volcano	eruption mountain nature
🗻	mount_fuji	mountain nature
🏕️	camping	
🏖️	beach_umbrella	with
🏜️	desert	
🏝️	desert_island	
🏞️	national_park	
🏟️	stadium	
🏛️	classical_building	
🏗️	building_construction	site crane
🧱	bricks	clay mortar wall
🪨	rock	boulder heavy solid stone tough
🪵	wood	log lumber timber
🛖	hut	home house roundhouse shelter yurt
🏘️	houses	homes
🏚️	derelict_house	abandoned home
🏠️	house	building country heart home ranch settle
🏡	house_with_garden	building country heart home ranch settle
🏢	office	building city cubical job
🏣	post_office	building japanese
🏤	european_post_office	building
🏥	hospital	building doctor medicine
🏦	bank	building
🏨	hotel	building
🏩	love_hotel	building
🏪	convenience_store	24 building hours
🏫	school	building
🏬	department_store	building
🏭️	factory	building
🏯	japanese_castle	building
🏰	european_castle	building
💒	wedding	chapel hitched nuptials romance
🗼	tokyo_tower	
🗽	statue_of_liberty	new ny nyc york
⛪️	church	bless chapel christian cross religion
🕌	mosque	islam masjid muslim religion
🛕	hindu_temple	
🕍	synagogue	jew jewish judaism religion temple
⛩️	shinto_shrine	religion
🕋	kaaba	hajj islam muslim religion umrah
⛲️	fountain	
⛺️	tent	camping
🌁	foggy	
🌃	night_with_stars	
🏙️	cityscape	
🌄	sunrise_over_mountains	morning
🌅	sunrise	morning nature
🌆	city_sunset	dusk at building cityscape evening landscape
🌇	city_sunrise	sunset building dusk
🌉	bridge_at_night	
♨️	hotsprings	steaming
🎠	carousel_horse	entertainment
🛝	playground_slide	amusement park playing sliding theme
🎡	ferris_wheel	amusement park theme
🎢	roller_coaster	amusement park theme
💈	barber	pole cut fresh haircut shave
🎪	circus_tent	
🚂	steam_locomotive	caboose engine railway train trains travel
🚃	railway_car	electric train tram travel trolleybus
🚄	bullettrain_side	high-speed railway shinkansen speed high
🚅	bullettrain_front	high-speed nose railway shinkansen speed travel
🚆	train2	arrived choo railway
🚇️	metro	subway travel
🚈	light_rail	arrived monorail railway
🚉	station	railway train
🚊	tram	trolleybus
🚝	monorail	vehicle
🚞	mountain_railway	car trip
🚋	train	tram car bus trolley trolleybus
🚌	bus	school vehicle
🚍️	oncoming_bus	cars
🚎	trolleybus	tram
🚐	minibus	drive van vehicle
🚑️	ambulance	emergency vehicle
🚒	fire_engine	truck
🚓	police_car	5–0 cops patrol
🚔️	oncoming_police_car	
🚕	taxi	cab cabbie car drive vehicle yellow
🚖	oncoming_taxi	cab cabbie cars drove hail yellow
🚗	car	red driving vehicle automobile
🚘️	oncoming_automobile	car cars drove vehicle
🚙	blue_car	suv drive recreational sport sportutility utility
🛻	pickup_truck	automobile car flatbed pick-up transportation
🚚	truck	delivery car drive vehicle
🚛	articulated_lorry	car drive move semi truck vehicle
🚜	tractor	vehicle
🏎️	racing_car	zoom
🏍️	motorcycle	racing
🛵	motor_scooter	
🦽	manual_wheelchair	accessibility
🦼	motorized_wheelchair	accessibility
🛺	auto_rickshaw	tuk
🚲️	bike	bicycle class cycle cycling cyclist gang
🛴	kick_scooter	
🛹	skateboard	skater wheels
🛼	roller_skate	blades skates sport
🚏	busstop	
🛣️	motorway	highway road
🛤️	railway_track	train
🛢️	oil_drum	
⛽️	fuelpump	diesel gas gasoline station
🛞	wheel	car circle tire turn vehicle
🚨	rotating_light	alarm alert beacon car emergency police
🚥	traffic_light	horizontal intersection signal stop stoplight
🚦	vertical_traffic_light	drove intersection signal stop stoplight
🛑	stop_sign	octagonal
🚧	construction	barrier
⚓️	anchor	ship tool
🛟	ring_buoy	lifebuoy float life lifesaver preserver rescue
⛵️	boat	sailboat resort sailing sea yacht
🛶	canoe	boat
🚤	speedboat	billionaire lake luxury millionaire summer travel
🛳️	passenger_ship	cruise
⛴️	ferry	boat passenger
🛥️	motor_boat	motorboat
🚢	ship	boat passenger travel
✈️	airplane	aeroplane fly flying jet travel
🛩️	small_airplane	aeroplane
🛫	flight_departure	airplane aeroplane check-in departures plane
🛬	flight_arrival	airplane arriving aeroplane arrivals landing plane
🪂	parachute	hang-glide parasail skydive
💺	seat	chair
🚁	helicopter	roflcopter travel vehicle
🚟	suspension_railway	
🚠	mountain_cableway	gondola lift ski
🚡	aerial_tramway	cable car gondola ropeway
🛰️	artificial_satellite	space
🚀	rocket	launch rockets space travel
🛸	flying_saucer	aliens extra terrestrial ufo
🛎️	bellhop_bell	hotel
🧳	luggage	bag packing roller suitcase travel
⌛️	hourglass	done sand time timer
⏳️	hourglass_flowing_sand	done hours not timer waiting yolo
⌚️	watch	clock time
⏰️	alarm_clock	hours hrs late time waiting
⏱️	stopwatch	clock time
⏲️	timer_clock	
🕰️	mantelpiece_clock	time
🕛️	clock12	12:00 o’clock time twelve
🕧️	clock1230	12:30 thirty time twelve
🕐️	clock1	1:00 one o’clock time
🕜️	clock130	1:30 one thirty time
🕑️	clock2	2:00 o’clock time two
🕝️	clock230	2:30 thirty time two
🕒️	clock3	3:00 o’clock three time
🕞️	clock330	3:30 thirty three time
🕓️	clock4	4:00 four o’clock time
🕟️	clock430	4:30 four thirty time
🕔️	clock5	5:00 five o’clock time
🕠️	clock530	5:30 five thirty time
🕕️	clock6	6:00 o’clock six time
🕡️	clock630	6:30 six thirty
🕖️	clock7	7:00 o’clock seven
🕢️	clock730	7:30 seven thirty
🕗️	clock8	8:00 eight o’clock time
🕣️	clock830	8:30 eight thirty time
🕘️	clock9	9:00 nine o’clock time
🕤️	clock930	9:30 nine thirty time
🕙️	clock10	10:00 o’clock ten
🕥️	clock1030	10:30 ten thirty time
🕚️	clock11	11:00 eleven o’clock time
🕦️	clock1130	11:30 eleven thirty time
🌑	new_moon	dark space
🌒	waxing_crescent_moon	dreams space
🌓	first_quarter_moon	space
🌔	moon	waxing gibbous space
🌕️	full_moon	space
🌖	waning_gibbous_moon	space
🌗	last_quarter_moon	space
🌘	waning_crescent_moon	space
🌙	crescent_moon	ramadan space
🌚	new_moon_with_face	space
🌛	first_quarter_moon_with_face	space
🌜️	last_quarter_moon_with_face	dreams
🌡️	thermometer	weather
☀️	sunny	bright rays space weather
🌝	full_moon_with_face	bright
🌞	sun_with_face	beach bright day heat shine sunny
🪐	ringed_planet	saturn saturnine
⭐️	star	astronomy medium stars white
🌟	star2	glowing glittery glow night shining sparkle
🌠	stars	shooting falling night space
🌌	milky_way	space
☁️	cloud	weather
⛅️	partly_sunny	behind cloud cloudy weather
⛈️	cloud_with_lightning_and_rain	stormy thunder thunderstorm
🌤️	sun_behind_small_cloud	sunny weather
🌥️	sun_behind_large_cloud	cloudy weather
🌦️	sun_behind_rain_cloud	and weather
🌧️	cloud_with_rain	rainy weather
🌨️	cloud_with_snow	snowy cold weather
🌩️	cloud_with_lightning	weather
🌪️	tornado	cloud weather whirlwind
🌫️	fog	cloud weather
🌬️	wind_face	blowing blow cloud
🌀	cyclone	dizzy hurricane twister typhoon weather
🌈	rainbow	gay genderqueer glbt glbtq lesbian lgbt
🌂	closed_umbrella	clothing rain
☂️	open_umbrella	clothing rain
☔️	umbrella	with rain clothing drop drops weather
⛱️	parasol_on_ground	beach umbrella rain sun
⚡️	zap	high voltage danger electric electricity lightning
❄️	snowflake	cold weather
☃️	snowman_with_snow	snowman2 cold
⛄️	snowman	cold without
☄️	comet	space
🔥	fire	af burn flame hot lit litaf
💧	droplet	cold comic nature sad sweat tear
🌊	ocean	water wave nature surf surfer surfing`,
  activities: `🎃	jack_o_lantern	celebration halloween pumpkin
🎄	christmas_tree	celebration
🎆	fireworks	boom celebration entertainment yolo
🎇	sparkler	boom celebration fireworks
🧨	firecracker	dynamite explosive fireworks light pop popping
✨️	sparkles	magic star
🎈	balloon	birthday celebrate celebration
🎉	tada	party popper awesome birthday celebrate celebration
🎊	confetti_ball	celebrate celebration party woohoo
🎋	tanabata_tree	banner celebration japanese
🎍	bamboo	celebration decoration japanese pine plant
🎎	dolls	celebration festival japanese
🎏	flags	carp streamer celebration
🎐	wind_chime	bell celebration
🎑	rice_scene	moon ceremony celebration viewing
🧧	red_envelope	gift good hóngbāo lai luck money
🎀	ribbon	celebration
🎁	gift	birthday bow box celebration christmas present
🎗️	reminder_ribbon	celebration
🎟️	tickets	admission
🎫	ticket	admission stub
🎖️	medal_military	award celebration
🏆️	trophy	champion champs prize slay sport victory
🏅	medal_sports	award gold winner
🥇	1st_place_medal	first gold
🥈	2nd_place_medal	second silver
🥉	3rd_place_medal	third bronze
⚽️	soccer	ball football futbol sport
⚾️	baseball	sport
🥎	softball	glove sports underarm
🏀	basketball	hoop sport
🏐	volleyball	game
🏈	football	american bowl sport super
🏉	rugby_football	sport
🎾	tennis	ball racquet sport
🥏	flying_disc	ultimate
🎳	bowling	ball game sport strike
🏏	cricket_game	ball bat
🏑	field_hockey	ball game stick
🏒	ice_hockey	game puck stick
🥍	lacrosse	ball goal sports stick
🏓	ping_pong	ball bat game paddle pingpong table
🏸	badminton	birdie game racquet shuttlecock
🥊	boxing_glove	
🥋	martial_arts_uniform	judo karate taekwondo
🥅	goal_net	
⛳️	golf	flag hole sport in
⛸️	ice_skate	skating
🎣	fishing_pole_and_fish	entertainment sport
🤿	diving_mask	scuba snorkeling
🎽	running_shirt_with_sash	athletics
🎿	ski	snow sport skis
🛷	sled	luge sledge sleigh snow toboggan
🥌	curling_stone	game rock
🎯	dart	bullseye direct hit bull entertainment game
🪀	yo_yo	fluctuate toy
🪁	kite	fly soar
🔫	gun	pistol handgun revolver tool water weapon
🎱	8ball	billiards billiard eight game pool
🔮	crystal_ball	fairy fairytale fantasy fortune future magic
🪄	magic_wand	magician witch wizard
🎮️	video_game	controller entertainment
🕹️	joystick	game video videogame
🎰	slot_machine	casino gamble gambling game slots
🎲	game_die	dice entertainment
🧩	jigsaw	puzzle piece clue interlocking
🧸	teddy_bear	plaything plush stuffed toy
🪅	pinata	candy celebrate celebration cinco de festive
🪩	mirror_ball	disco dance glitter party
🪆	nesting_dolls	babooshka baboushka babushka matryoshka russia
♠️	spades	card game suit
♥️	hearts	card emotion game suit
♦️	diamonds	card game suit
♣️	clubs	card game suit
♟️	chess_pawn	dupe expendable
🃏	black_joker	card game wildcard
🀄️	mahjong	dragon game red
🎴	flower_playing_cards	game japanese
🎭️	performing_arts	actor actress entertainment mask theater theatre
🖼️	framed_picture	with art museum painting
🎨	art	palette artist artsy arty colorful creative
🧵	thread	needle sewing spool string
🪡	sewing_needle	embroidery stitches sutures tailoring thread
🧶	yarn	ball crochet knit
🪢	knot	cord rope tangled tie twine twist`,
  objects: `👓️	eyeglasses	clothing eyewear
🕶️	dark_sunglasses	eye eyewear
🥽	goggles	dive eye protection scuba swimming welding
🥼	lab_coat	clothes doctor dr experiment jacket scientist
🦺	safety_vest	emergency
👔	necktie	clothing employed serious shirt
👕	shirt	tshirt blue casual clothes clothing collar
👖	jeans	blue casual clothes clothing denim dressed
🧣	scarf	bundle cold neck up
🧤	gloves	hand
🧥	coat	brr bundle cold jacket up
🧦	socks	stocking
👗	dress	clothes clothing dressed fancy shopping
👘	kimono	clothing comfortable
🥻	sari	clothing dress
🩱	one_piece_swimsuit	bathing one-piece
🩲	swim_brief	briefs bathing one-piece suit swimsuit underwear
🩳	shorts	bathing pants suit swimsuit underwear
👙	bikini	bathing beach clothing pool suit swim
👚	womans_clothes	blouse clothing collar dress dressed lady
🪭	folding_hand_fan	clack clap cool cooling dance flirt
👛	purse	clothes clothing coin dress fancy handbag
👜	handbag	clothes clothing dress lady purse shopping
👝	pouch	clutch bag clothes clothing dress handbag
🛍️	shopping	bags bag hotel
🎒	school_satchel	backpack backpacking bag bookbag education rucksack
🩴	thong_sandal	beach flip flop sandals shoe thongs
👞	mans_shoe	brown clothes clothing feet foot kick
👟	athletic_shoe	sneaker clothes clothing fast kick running
🥾	hiking_boot	backpacking brown camping outdoors shoe
🥿	flat_shoe	womans ballet comfy flats slip-on slipper
👠	high_heel	clothes clothing dress fashion heels high-heeled
👡	sandal	clothing shoe woman woman’s
🩰	ballet_shoes	dance
👢	boot	clothes clothing dress shoe shoes shopping
🪮	hair_pick	afro comb groom
👑	crown	clothing family king medieval queen royal
👒	womans_hat	clothes clothing garden hats party woman’s
🎩	tophat	clothes clothing fancy formal magic
🎓️	mortar_board	graduation cap celebration clothing education hat
🧢	billed_cap	baseball bent dad hat
🪖	military_helmet	army soldier war warrior
⛑️	rescue_worker_helmet	with cross aid face hat worker’s
📿	prayer_beads	clothing necklace religion
💄	lipstick	cosmetics date makeup
💍	ring	diamond engaged engagement married romance shiny
💎	gem	diamond engagement jewel money romance stone
🔇	mute	no sound muted quiet silent speaker
🔈️	speaker	low volume quiet sound soft
🔉	sound	medium volumne speaker volume
🔊	loud_sound	high volume music speaker
📢	loudspeaker	address communication public sound
📣	mega	megaphone cheering sound
📯	postal_horn	
🔔	bell	break church sound
🔕	no_bell	forbidden mute not prohibited quiet silent
🎼	musical_score	note
🎵	musical_note	sound
🎶	notes	musical music sound
🎙️	studio_microphone	music
🎚️	level_slider	music
🎛️	control_knobs	music
🎤	microphone	karaoke music sing sound
🎧️	headphones	earbud sound
📻️	radio	entertainment tbt video
🎷	saxophone	instrument music
🎺	trumpet	instrument music
🪗	accordion	box concertina instrument music squeeze squeezebox
🎸	guitar	instrument music strat
🎹	musical_keyboard	instrument piano
🎻	violin	instrument music
🪕	banjo	music stringed
🥁	drum	drumsticks music
🪘	long_drum	beat conga instrument rhythm
🪇	maracas	cha dance instrument music party percussion
🪈	flute	band fife flautist instrument marching music
📱	iphone	android mobile cell communication telephone
📲	calling	mobile phone arrow build cell communication
☎️	phone	telephone
📞	telephone_receiver	communication voip
📟️	pager	communication
📠	fax	machine communication
🔋	battery	
🪫	low_battery	drained electronic energy power
🔌	electric_plug	electricity
💻️	computer	laptop office pc personal
🖥️	desktop_computer	monitor
🖨️	printer	computer
⌨️	keyboard	computer
🖱️	computer_mouse	
🖲️	trackball	computer
💽	minidisc	computer disk minidisk optical
💾	floppy_disk	computer
💿️	cd	optical disk blu-ray computer dvd
📀	dvd	blu-ray cd computer disk optical
🧮	abacus	calculation calculator
🎥	movie_camera	bollywood cinema film hollywood record
🎞️	film_strip	frames cinema movie
📽️	film_projector	cinema movie video
🎬️	clapper	action board movie
📺️	tv	video television
📷️	camera	photo selfie snap tbt trip video
📸	camera_flash	with video
📹️	video_camera	camcorder tbt
📼	vhs	videocassette old school tape vcr video
🔍️	mag	glass lab left left-pointing magnifying science
🔎	mag_right	contact glass lab magnifying right-pointing science
🕯️	candle	light
💡	bulb	light comic electric idea
🔦	flashlight	electric tool torch
🏮	izakaya_lantern	red paper bar light restaurant
🪔	diya_lamp	light oil
📔	notebook_with_decorative_cover	decorated education school writing
📕	closed_book	education
📖	book	open education fantasy knowledge library novels
📗	green_book	education fantasy library reading
📘	blue_book	education fantasy library reading
📙	orange_book	education fantasy library reading
📚️	books	education fantasy knowledge library novels reading
📓	notebook	
📒	ledger	notebook
📃	page_with_curl	document paper
📜	scroll	paper
📄	page_facing_up	document paper
📰	newspaper	communication
🗞️	newspaper_roll	rolled up rolled-up
📑	bookmark_tabs	marker
🔖	bookmark	
🏷️	label	tag
🪙	coin	dollar euro gold metal money rich
💰️	moneybag	bank bet billion cash cost dollar
💴	yen	bank banknote bill currency money note
💵	dollar	bank banknote bill currency money note
💶	euro	100 bank banknote bill currency money
💷	pound	bank banknote bill billion cash currency
💸	money_with_wings	bank banknote bill billion cash dollar
💳️	credit_card	bank cash charge money pay
🧾	receipt	accounting bookkeeping evidence invoice proof
💹	chart	bank currency graph growth increasing market
✉️	envelope	e-mail email letter
📧	e-mail	email letter
📨	incoming_envelope	delivering e-mail email letter mail receive
📩	envelope_with_arrow	communication down e-mail email letter mail
📤️	outbox_tray	email letter mail sent
📥️	inbox_tray	email letter mail receive zero
📦️	package	box communication delivery parcel shipping
📫️	mailbox	closed communication flag postbox raised with
📪️	mailbox_closed	flag lowered postbox with
📬️	mailbox_with_mail	flag open postbox raised
📭️	mailbox_with_no_mail	flag lowered open postbox
📮	postbox	mail mailbox
🗳️	ballot_box	with
✏️	pencil2	
✒️	black_nib	pen
🖋️	fountain_pen	
🖊️	pen	ballpoint
🖌️	paintbrush	painting
🖍️	crayon	
📝	memo	pencil communication media notes
💼	briefcase	office
📁	file_folder	
📂	open_file_folder	
🗂️	card_index_dividers	
📅	date	calendar
📆	calendar	tear-off tear off
🗒️	spiral_notepad	
🗓️	spiral_calendar	pad
📇	card_index	old rolodex school
📈	chart_with_upwards_trend	increasing data graph growth right
📉	chart_with_downwards_trend	decreasing data graph negative
📊	bar_chart	data graph
📋️	clipboard	do list notes
📌	pushpin	collage
📍	round_pushpin	location map
📎	paperclip	
🖇️	paperclips	link linked
📏	straight_ruler	angle edge math straightedge
📐	triangular_ruler	angle math set slide triangle
✂️	scissors	cut cutting paper tool
🗃️	card_file_box	
🗄️	file_cabinet	filing paper
🗑️	wastebasket	trashcan can garbage trash
🔒️	lock	locked closed private
🔓️	unlock	unlocked cracked open
🔏	lock_with_ink_pen	locked nib privacy
🔐	closed_lock_with_key	locked bike secure
🔑	key	keys lock major password unlock
🗝️	old_key	clue lock
🔨	hammer	home improvement repairs tool
🪓	axe	chop hatchet split wood
⛏️	pick	hammer mining tool
⚒️	hammer_and_pick	tool
🛠️	hammer_and_wrench	spanner tool
🗡️	dagger	knife weapon
⚔️	crossed_swords	weapon
💣️	bomb	boom comic dangerous explosion hot
🪃	boomerang	rebound repercussion weapon
🏹	bow_and_arrow	archer archery sagittarius tool weapon zodiac
🛡️	shield	weapon
🪚	carpentry_saw	carpenter cut lumber tool trim
🔧	wrench	home improvement spanner tool
🪛	screwdriver	flathead handy tool
🔩	nut_and_bolt	home improvement tool
⚙️	gear	cog cogwheel tool
🗜️	clamp	compression compress tool vice
⚖️	balance_scale	scales justice libra tool weight zodiac
🦯	probing_cane	white accessibility blind
🔗	link	links
⛓️	chains	
🪝	hook	catch crook curve ensnare point selling
🧰	toolbox	chest mechanic red
🧲	magnet	attraction horseshoe magnetic negative positive shape
🪜	ladder	climb rung step
⚗️	alembic	chemistry tool
🧪	test_tube	chemist chemistry experiment lab science
🧫	petri_dish	bacteria biologist biology culture lab
🧬	dna	double helix biologist evolution gene genetics
🔬	microscope	experiment lab science tool
🔭	telescope	contact extraterrestrial science tool
📡	satellite	antenna aliens contact dish science
💉	syringe	doctor flu medicine needle shot sick
🩸	drop_of_blood	bleed donation injury medicine menstruation
💊	pill	doctor drugs medicated medicine pills sick
🩹	adhesive_bandage	bandaid
🩼	crutch	aid cane disability help hurt injured
🩺	stethoscope	doctor heart medicine
🩻	x_ray	x-ray xray bones doctor medical skeleton
🚪	door	back closet front
🛗	elevator	accessibility hoist lift
🪞	mirror	makeup reflection reflector speculum
🪟	window	air frame fresh opening transparent view
🛏️	bed	hotel sleep
🛋️	couch_and_lamp	hotel
🪑	chair	seat sit
🚽	toilet	bathroom
🪠	plunger	cup force plumber poop suction toilet
🚿	shower	water
🛁	bathtub	
🪤	mouse_trap	bait cheese lure mousetrap snare
🪒	razor	sharp shave
🧴	lotion_bottle	moisturizer shampoo sunscreen
🧷	safety_pin	diaper punk rock
🧹	broom	cleaning sweeping witch
🧺	basket	farming laundry picnic
🧻	roll_of_paper	toilet towels
🪣	bucket	cask pail vat
🧼	soap	bar bathing clean cleaning lather soapdish
🫧	bubbles	burp clean floating pearl soap underwater
🪥	toothbrush	bathroom clean dental hygiene teeth toiletry
🧽	sponge	absorbing cleaning porous soak
🧯	fire_extinguisher	quench
🛒	shopping_cart	trolley
🚬	smoking	cigarette
⚰️	coffin	dead death vampire
🪦	headstone	cemetery dead grave graveyard memorial rip
⚱️	funeral_urn	ashes death
🧿	nazar_amulet	bead blue charm evil-eye talisman
🪬	hamsa	amulet fatima fortune guide hand mary
🗿	moyai	moai face statue stoneface travel
🪧	placard	demonstration notice picket plaque protest sign
🪪	identification_card	credentials document license security`,
  symbols: `🏧	atm	automated bank cash money sign teller
🚮	put_litter_in_its_place	bin litterbin sign
🚰	potable_water	drinking
♿️	wheelchair	handicapped access handicap symbol
🚹️	mens	bathroom lavatory man men’s restroom room
🚺️	womens	bathroom lavatory restroom room toilet wc
🚻	restroom	bathroom lavatory toilet wc
🚼️	baby_symbol	changing
🚾	wc	water closet bathroom lavatory restroom toilet
🛂	passport_control	
🛃	customs	packing
🛄	baggage_claim	arrived bags case checked journey packing
🛅	left_luggage	baggage case locker
⚠️	warning	caution
🚸	children_crossing	pedestrian traffic
⛔️	no_entry	do fail forbidden not pass prohibited
🚫	no_entry_sign	forbidden not smoke prohibited
🚳	no_bicycles	bike forbidden not prohibited
🚭️	no_smoking	forbidden not prohibited smoke
🚯	do_not_litter	littering forbidden prohibited
🚱	non-potable_water	dry non-drinking prohibited
🚷	no_pedestrians	forbidden not prohibited
📵	no_mobile_phones	cell forbidden not prohibited telephone
🔞	underage	no one 18 eighteen forbidden not
☢️	radioactive	sign
☣️	biohazard	sign
⬆️	arrow_up	cardinal direction north
↗️	arrow_upper_right	direction intercardinal northeast up-right
➡️	arrow_right	cardinal direction east
↘️	arrow_lower_right	direction down-right intercardinal southeast down
⬇️	arrow_down	cardinal direction south
↙️	arrow_lower_left	direction down-left intercardinal southwest down
⬅️	arrow_left	cardinal direction west
↖️	arrow_upper_left	direction intercardinal northwest up-left
↕️	arrow_up_down	up-down
↔️	left_right_arrow	left-right
↩️	leftwards_arrow_with_hook	curving right
↪️	arrow_right_hook	rightwards with curving left
⤴️	arrow_heading_up	curving right
⤵️	arrow_heading_down	curving right
🔃	arrows_clockwise	refresh reload vertical
🔄	arrows_counterclockwise	again anticlockwise button deja refresh rewindershins
🔙	back	arrow
🔚	end	arrow
🔛	on	arrow mark on!
🔜	soon	arrow brb omw
🔝	top	arrow homie up
🛐	place_of_worship	pray religion
⚛️	atom_symbol	atheist
🕉️	om	hindu religion
✡️	star_of_david	jew jewish judaism religion
☸️	wheel_of_dharma	buddhist religion
☯️	yin_yang	difficult lives religion tao taoist total
✝️	latin_cross	christ christian religion
☦️	orthodox_cross	christian religion
☪️	star_and_crescent	islam muslim ramadan religion
☮️	peace_symbol	healing peaceful
🕎	menorah	candelabrum candlestick hanukkah jewish judaism religion
🔯	six_pointed_star	dotted fortune jewish judaism six-pointed
🪯	khanda	deg fateh khalsa religion sikh sikhism
♈️	aries	horoscope ram zodiac
♉️	taurus	bull horoscope ox zodiac
♊️	gemini	horoscope twins zodiac
♋️	cancer	crab horoscope zodiac
♌️	leo	horoscope lion zodiac
♍️	virgo	horoscope zodiac
♎️	libra	balance horoscope justice scales zodiac
♏️	scorpius	horoscope scorpio scorpion zodiac
♐️	sagittarius	archer horoscope zodiac
♑️	capricorn	goat horoscope zodiac
♒️	aquarius	bearer horoscope water zodiac
♓️	pisces	fish horoscope zodiac
⛎️	ophiuchus	bearer serpent snake zodiac
🔀	twisted_rightwards_arrows	shuffle button crossed tracks
🔁	repeat	arrow button clockwise
🔂	repeat_one	arrow button clockwise once single
▶️	arrow_forward	play button right triangle
⏩️	fast_forward	arrow button double fast-forward
⏭️	next_track_button	arrow scene triangle
⏯️	play_or_pause_button	arrow right triangle
◀️	arrow_backward	reverse button left triangle
⏪️	rewind	fast reverse arrow button double
⏮️	previous_track_button	arrow last scene triangle
🔼	arrow_up_small	button red upwards
⏫️	arrow_double_up	fast button
🔽	arrow_down_small	button downwards red
⏬️	arrow_double_down	fast button
⏸️	pause_button	bar double vertical
⏹️	stop_button	square
⏺️	record_button	circle
⏏️	eject_button	
🎦	cinema	camera film movie
🔅	low_brightness	dim button
🔆	high_brightness	button light
📶	signal_strength	antenna bars bar cell communication mobile
🛜	wireless	broadband computer connectivity hotspot internet network
📳	vibration_mode	cell communication mobile phone telephone
📴	mobile_phone_off	cell telephone
♀️	female_sign	woman
♂️	male_sign	man
⚧️	transgender_symbol	
✖️	heavy_multiplication_x	multiply cancel sign
➕️	heavy_plus_sign	
➖️	heavy_minus_sign	math
➗️	heavy_division_sign	divide math
🟰	heavy_equals_sign	answer equality math
♾️	infinity	forever unbounded universal
‼️	bangbang	double exclamation !! mark punctuation
⁉️	interrobang	exclamation question !? mark punctuation
❓️	question	mark punctuation red
❔️	grey_question	white mark outlined punctuation
❕️	grey_exclamation	white mark outlined punctuation
❗️	exclamation	heavy mark punctuation red
〰️	wavy_dash	punctuation
💱	currency_exchange	bank money
💲	heavy_dollar_sign	billion cash charge currency million money
⚕️	medical_symbol	aesculapius medicine staff
♻️	recycle	recycling symbol
⚜️	fleur_de_lis	fleur-de-lis knights
🔱	trident	anchor emblem poseidon ship tool
📛	name_badge	
🔰	beginner	chevron green japanese leaf symbol tool
⭕️	o	hollow red circle heavy large
✅️	white_check_mark	button checked checkmark complete completed done
☑️	ballot_box_with_check	checked done off tick
✔️	heavy_check_mark	checked checkmark done tick
❌️	x	cross mark cancel multiplication multiply
❎️	negative_squared_cross_mark	button multiplication multiply
➰️	curly_loop	
➿️	loop	double curly curl
〽️	part_alternation_mark	
✳️	eight_spoked_asterisk	eight-spoked
✴️	eight_pointed_black_star	eight-pointed
❇️	sparkle	
©️	copyright	
®️	registered	
™️	tm	trade mark trademark
#️⃣	hash	number sign keycap
*️⃣	asterisk	keycap
0️⃣	zero	keycap
1️⃣	one	keycap
2️⃣	two	keycap
3️⃣	three	keycap
4️⃣	four	keycap
5️⃣	five	keycap
6️⃣	six	keycap
7️⃣	seven	keycap
8️⃣	eight	keycap
9️⃣	nine	keycap
🔟	keycap_ten	10
🔠	capital_abcd	input latin letters uppercase
🔡	abcd	input latin letters lowercase
🔢	1234	input numbers
🔣	symbols	input
🔤	abc	alphabet input latin letters
🅰️	a	blood button type
🆎	ab	blood button type
🅱️	b	blood button type
🆑	cl	button
🆒	cool	button
🆓	free	button
ℹ️	information_source	
🆔	id	button identity
Ⓜ️	m	circle circled
🆕	new	button
🆖	ng	button
🅾️	o2	blood button type
🆗	ok	button okay
🅿️	parking	button
🆘	sos	button help
🆙	up	up2 button mark up!
🆚	vs	button versus
🈁	koko	ja here button japanese katakana
🈂️	sa	ja service charge button japanese katakana
🈷️	u6708	ja monthly amount button ideograph japanese
🈶	u6709	ja not free of carge button
🈯️	u6307	ja reserved button ideograph japanese
🉐	ideograph_advantage	ja bargain button japanese
🈹	u5272	ja discount button ideograph japanese
🈚️	u7121	ja free of charge button ideograph
🈲	u7981	ja prohibited button ideograph japanese
🉑	accept	ja acceptable button ideograph japanese
🈸	u7533	ja application button ideograph japanese
🈴	u5408	ja passing grade button ideograph japanese
🈳	u7a7a	ja vacancy button ideograph japanese
㊗️	congratulations	ja button ideograph japanese
㊙️	secret	ja button ideograph japanese
🈺	u55b6	ja open for business button ideograph
🈵	u6e80	ja no vacancy button ideograph japanese
🔴	red_circle	geometric
🟠	orange_circle	
🟡	yellow_circle	
🟢	green_circle	
🔵	large_blue_circle	geometric
🟣	purple_circle	
🟤	brown_circle	
⚫️	black_circle	geometric
⚪️	white_circle	geometric
🟥	red_square	card penalty
🟧	orange_square	
🟨	yellow_square	card penalty
🟩	green_square	
🟦	blue_square	
🟪	purple_square	
🟫	brown_square	
⬛️	black_large_square	geometric
⬜️	white_large_square	geometric
◼️	black_medium_square	geometric
◻️	white_medium_square	geometric
◾️	black_medium_small_square	geometric medium-small
◽️	white_medium_small_square	geometric medium-small
▪️	black_small_square	geometric
▫️	white_small_square	geometric
🔶	large_orange_diamond	geometric
🔷	large_blue_diamond	geometric
🔸	small_orange_diamond	geometric
🔹	small_blue_diamond	geometric
🔺	small_red_triangle	geometric pointed up
🔻	small_red_triangle_down	geometric pointed
💠	diamond_shape_with_a_dot_inside	comic geometric
🔘	radio_button	geometric
🔳	white_square_button	geometric outlined
🔲	black_square_button	geometric`,
  flags: `🏁	checkered_flag	chequered finish flags game race racing
🚩	triangular_flag_on_post	construction golf
🎌	crossed_flags	celebration japanese
🏴	black_flag	waving
🏳️	white_flag	waving
🏳️‍🌈	rainbow_flag	bisexual gay genderqueer glbt glbtq lesbian
🏳️‍⚧️	transgender_flag	blue light pink white
🏴‍☠️	pirate_flag	jolly roger plunder treasure
🇦🇨	ascension_island	flag ac AC
🇦🇩	andorra	flag ad AD
🇦🇪	united_arab_emirates	flag ae AE
🇦🇫	afghanistan	flag AF
🇦🇬	antigua_barbuda	flag ag AG
🇦🇮	anguilla	flag ai AI
🇦🇱	albania	flag AL
🇦🇲	armenia	flag am AM
🇦🇴	angola	flag ao AO
🇦🇶	antarctica	flag aq AQ
🇦🇷	argentina	flag AR
🇦🇸	american_samoa	flag as AS
🇦🇹	austria	flag at AT
🇦🇺	australia	flag AU
🇦🇼	aruba	flag aw AW
🇦🇽	aland_islands	flag ax AX
🇦🇿	azerbaijan	flag AZ
🇧🇦	bosnia_herzegovina	flag ba BA
🇧🇧	barbados	flag bb BB
🇧🇩	bangladesh	flag bd BD
🇧🇪	belgium	flag BE
🇧🇫	burkina_faso	flag bf BF
🇧🇬	bulgaria	flag bg BG
🇧🇭	bahrain	flag bh BH
🇧🇮	burundi	flag bi BI
🇧🇯	benin	flag bj BJ
🇧🇱	st_barthelemy	flag bl BL
🇧🇲	bermuda	flag bm BM
🇧🇳	brunei	flag bn BN
🇧🇴	bolivia	flag BO
🇧🇶	caribbean_netherlands	flag bq BQ
🇧🇷	brazil	flag BR
🇧🇸	bahamas	flag bs BS
🇧🇹	bhutan	flag bt BT
🇧🇻	bouvet_island	flag bv BV
🇧🇼	botswana	flag bw BW
🇧🇾	belarus	flag by BY
🇧🇿	belize	flag bz BZ
🇨🇦	canada	flag CA
🇨🇨	cocos_islands	flag cc CC keeling
🇨🇩	congo_kinshasa	flag cd CD
🇨🇫	central_african_republic	flag cf CF
🇨🇬	congo_brazzaville	flag cg CG
🇨🇭	switzerland	flag ch CH
🇨🇮	cote_divoire	flag ci CI
🇨🇰	cook_islands	flag ck CK
🇨🇱	chile	flag cl CL
🇨🇲	cameroon	flag cm CM
🇨🇳	cn	china flag CN
🇨🇴	colombia	flag CO
🇨🇵	clipperton_island	flag cp CP
🇨🇷	costa_rica	flag cr CR
🇨🇺	cuba	flag CU
🇨🇻	cape_verde	flag cv CV
🇨🇼	curacao	flag cw CW
🇨🇽	christmas_island	flag cx CX
🇨🇾	cyprus	flag CY
🇨🇿	czech_republic	czechia flag CZ
🇩🇪	de	flag germany DE
🇩🇬	diego_garcia	flag dg DG
🇩🇯	djibouti	flag DJ
🇩🇰	denmark	flag dk DK
🇩🇲	dominica	flag dm DM
🇩🇴	dominican_republic	flag DO
🇩🇿	algeria	flag dz DZ
🇪🇦	ceuta_melilla	flag ea EA
🇪🇨	ecuador	flag EC
🇪🇪	estonia	flag ee EE
🇪🇬	egypt	flag EG
🇪🇭	western_sahara	flag eh EH
🇪🇷	eritrea	flag ER
🇪🇸	es	flag spain ES
🇪🇹	ethiopia	flag ET
🇪🇺	eu	european union flag EU
🇫🇮	finland	flag FI
🇫🇯	fiji	flag fj FJ
🇫🇰	falkland_islands	flag fk FK
🇫🇲	micronesia	flag fm FM
🇫🇴	faroe_islands	flag fo FO
🇫🇷	fr	flag france FR
🇬🇦	gabon	flag GA
🇬🇧	gb	uk flag united kingdom GB
🇬🇩	grenada	flag gd GD
🇬🇪	georgia	flag GE
🇬🇫	french_guiana	flag gf GF
🇬🇬	guernsey	flag gg GG
🇬🇭	ghana	flag GH
🇬🇮	gibraltar	flag GI
🇬🇱	greenland	flag gl GL
🇬🇲	gambia	flag gm GM
🇬🇳	guinea	flag gn GN
🇬🇵	guadeloupe	flag gp GP
🇬🇶	equatorial_guinea	flag gq GQ
🇬🇷	greece	flag GR
🇬🇸	south_georgia_south_sandwich_islands	flag gs GS
🇬🇹	guatemala	flag gt GT
🇬🇺	guam	flag GU
🇬🇼	guinea_bissau	flag gw GW
🇬🇾	guyana	flag gy GY
🇭🇰	hong_kong	flag hk HK sar china
🇭🇲	heard_mcdonald_islands	flag hm HM
🇭🇳	honduras	flag hn HN
🇭🇷	croatia	flag hr HR
🇭🇹	haiti	flag ht HT
🇭🇺	hungary	flag HU
🇮🇨	canary_islands	flag ic IC
🇮🇩	indonesia	flag id ID
🇮🇪	ireland	flag ie IE
🇮🇱	israel	flag il IL
🇮🇲	isle_of_man	flag im IM
🇮🇳	india	flag IN
🇮🇴	british_indian_ocean_territory	flag io IO
🇮🇶	iraq	flag iq IQ
🇮🇷	iran	flag IR
🇮🇸	iceland	flag is IS
🇮🇹	it	flag italy IT
🇯🇪	jersey	flag JE
🇯🇲	jamaica	flag jm JM
🇯🇴	jordan	flag JO
🇯🇵	jp	flag japan JP
🇰🇪	kenya	flag KE
🇰🇬	kyrgyzstan	flag kg KG
🇰🇭	cambodia	flag kh KH
🇰🇮	kiribati	flag KI
🇰🇲	comoros	flag km KM
🇰🇳	st_kitts_nevis	flag kn KN
🇰🇵	north_korea	flag kp KP
🇰🇷	kr	flag south korea KR
🇰🇼	kuwait	flag kw KW
🇰🇾	cayman_islands	flag ky KY
🇰🇿	kazakhstan	flag kz KZ
🇱🇦	laos	flag LA
🇱🇧	lebanon	flag lb LB
🇱🇨	st_lucia	flag lc LC
🇱🇮	liechtenstein	flag LI
🇱🇰	sri_lanka	flag lk LK
🇱🇷	liberia	flag lr LR
🇱🇸	lesotho	flag ls LS
🇱🇹	lithuania	flag lt LT
🇱🇺	luxembourg	flag LU
🇱🇻	latvia	flag lv LV
🇱🇾	libya	flag ly LY
🇲🇦	morocco	flag ma MA
🇲🇨	monaco	flag mc MC
🇲🇩	moldova	flag md MD
🇲🇪	montenegro	flag me ME
🇲🇫	st_martin	flag mf MF
🇲🇬	madagascar	flag mg MG
🇲🇭	marshall_islands	flag mh MH
🇲🇰	macedonia	flag mk MK north
🇲🇱	mali	flag ml ML
🇲🇲	myanmar	burma flag mm MM
🇲🇳	mongolia	flag mn MN
🇲🇴	macau	flag mo macao MO sar china
🇲🇵	northern_mariana_islands	flag mp MP
🇲🇶	martinique	flag mq MQ
🇲🇷	mauritania	flag mr MR
🇲🇸	montserrat	flag ms MS
🇲🇹	malta	flag mt MT
🇲🇺	mauritius	flag mu MU
🇲🇻	maldives	flag mv MV
🇲🇼	malawi	flag mw MW
🇲🇽	mexico	flag mx MX
🇲🇾	malaysia	flag my MY
🇲🇿	mozambique	flag mz MZ
🇳🇦	namibia	flag NA
🇳🇨	new_caledonia	flag nc NC
🇳🇪	niger	flag ne NE
🇳🇫	norfolk_island	flag nf NF
🇳🇬	nigeria	flag ng NG
🇳🇮	nicaragua	flag NI
🇳🇱	netherlands	flag nl NL
🇳🇴	norway	flag NO
🇳🇵	nepal	flag np NP
🇳🇷	nauru	flag nr NR
🇳🇺	niue	flag nu NU
🇳🇿	new_zealand	flag nz NZ
🇴🇲	oman	flag OM
🇵🇦	panama	flag PA
🇵🇪	peru	flag PE
🇵🇫	french_polynesia	flag pf PF
🇵🇬	papua_new_guinea	flag pg PG
🇵🇭	philippines	flag PH
🇵🇰	pakistan	flag pk PK
🇵🇱	poland	flag pl PL
🇵🇲	st_pierre_miquelon	flag pm PM
🇵🇳	pitcairn_islands	flag pn PN
🇵🇷	puerto_rico	flag pr PR
🇵🇸	palestinian_territories	flag ps PS
🇵🇹	portugal	flag pt PT
🇵🇼	palau	flag pw PW
🇵🇾	paraguay	flag py PY
🇶🇦	qatar	flag QA
🇷🇪	reunion	flag RE
🇷🇴	romania	flag RO
🇷🇸	serbia	flag rs RS
🇷🇺	ru	flag russia RU
🇷🇼	rwanda	flag RW
🇸🇦	saudi_arabia	flag SA
🇸🇧	solomon_islands	flag sb SB
🇸🇨	seychelles	flag sc SC
🇸🇩	sudan	flag sd SD
🇸🇪	sweden	flag se SE
🇸🇬	singapore	flag sg SG
🇸🇭	st_helena	flag sh SH
🇸🇮	slovenia	flag si SI
🇸🇯	svalbard_jan_mayen	flag sj SJ
🇸🇰	slovakia	flag sk SK
🇸🇱	sierra_leone	flag sl SL
🇸🇲	san_marino	flag sm SM
🇸🇳	senegal	flag sn SN
🇸🇴	somalia	flag SO
🇸🇷	suriname	flag sr SR
🇸🇸	south_sudan	flag ss SS
🇸🇹	sao_tome_principe	flag st ST
🇸🇻	el_salvador	flag sv SV
🇸🇽	sint_maarten	flag sx SX
🇸🇾	syria	flag SY
🇸🇿	swaziland	eswatini flag sz SZ
🇹🇦	tristan_da_cunha	flag TA
🇹🇨	turks_caicos_islands	flag tc TC
🇹🇩	chad	flag td TD
🇹🇫	french_southern_territories	flag tf TF
🇹🇬	togo	flag tg TG
🇹🇭	thailand	flag TH
🇹🇯	tajikistan	flag tj TJ
🇹🇰	tokelau	flag tk TK
🇹🇱	timor_leste	flag tl TL
🇹🇲	turkmenistan	flag tm TM
🇹🇳	tunisia	flag tn TN
🇹🇴	tonga	flag TO
🇹🇷	tr	flag turkey TR rkiye
🇹🇹	trinidad_tobago	flag tt TT
🇹🇻	tuvalu	flag tv TV
🇹🇼	taiwan	flag tw TW
🇹🇿	tanzania	flag tz TZ
🇺🇦	ukraine	flag ua UA
🇺🇬	uganda	flag UG
🇺🇲	us_outlying_islands	flag um UM
🇺🇳	united_nations	flag UN
🇺🇸	us	flag united states usa US
🇺🇾	uruguay	flag uy UY
🇺🇿	uzbekistan	flag UZ
🇻🇦	vatican_city	flag VA
🇻🇨	st_vincent_grenadines	flag vc VC
🇻🇪	venezuela	flag VE
🇻🇬	british_virgin_islands	flag vg VG
🇻🇮	us_virgin_islands	flag VI
🇻🇳	vietnam	flag vn VN
🇻🇺	vanuatu	flag vu VU
🇼🇫	wallis_futuna	flag wf WF
🇼🇸	samoa	flag ws WS
🇽🇰	kosovo	flag xk XK
🇾🇪	yemen	flag YE
🇾🇹	mayotte	flag yt YT
🇿🇦	south_africa	flag za ZA
🇿🇲	zambia	flag zm ZM
🇿🇼	zimbabwe	flag zw ZW
🏴󠁧󠁢󠁥󠁮󠁧󠁿	england	flag gbeng
🏴󠁧󠁢󠁳󠁣󠁴󠁿	scotland	flag gbsct
🏴󠁧󠁢󠁷󠁬󠁳󠁿	wales	flag gbwls`,
};
